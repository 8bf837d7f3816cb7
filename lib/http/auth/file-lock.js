'use strict';
// A lock on a file, by mcporter's convention, so that both honour it: `FILE.lock` holds the pid of its holder and is made with O_EXCL; the
// lock of a process that is gone is removed under a second lock, `FILE.lock.break`.

const fs = require('node:fs/promises');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const POLL_MS = 25;
const PATIENCE_MS = 30_000;
/** A lock without a pid: its maker died between making and writing it. */
const EMPTY_LOCK_MS = 1000;

/** Runs `task` while this process holds the lock of `file`. Not re-entrant. */
async function withFileLock(file, task) {
  const lock = `${await realPath(file)}.lock`;
  await fs.mkdir(path.dirname(lock), { recursive: true });
  await acquire(lock);
  try {
    return await task();
  } finally {
    await fs.rm(lock, { force: true });
  }
}

async function acquire(lock) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await make(lock))) {
    if (await breakAbandoned(lock)) continue;
    if (performance.now() > deadline) throw new Error(`${lock} is held by another process for more than ${PATIENCE_MS} ms`);
    await sleep(POLL_MS);
  }
}

/** False: somebody has it. */
async function make(lock) {
  try {
    await fs.writeFile(lock, `${process.pid}\n${new Date().toISOString()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** True: the lock may be tried again at once. The second lock keeps two waiters from removing a lock that one of them just made. */
async function breakAbandoned(lock) {
  const breaker = `${lock}.break`;
  if (!(await make(breaker))) {
    if (await isAbandoned(breaker)) await fs.rm(breaker, { force: true });
    return false;
  }
  try {
    if (!(await isAbandoned(lock))) return false;
    await fs.rm(lock, { force: true });
    return true;
  } finally {
    await fs.rm(breaker, { force: true });
  }
}

async function isAbandoned(lock) {
  try {
    const pid = Number.parseInt(await fs.readFile(lock, 'utf8'), 10);
    if (pid > 0) return !isAlive(pid);
    return Date.now() - (await fs.stat(lock)).mtimeMs > EMPTY_LOCK_MS;
  } catch (error) {
    return error.code === 'ENOENT';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Where a file really lies, if it or its folder exists. */
async function realPath(file) {
  try {
    return await fs.realpath(file);
  } catch {
    return path.join(await fs.realpath(path.dirname(file)).catch(() => path.dirname(file)), path.basename(file));
  }
}

module.exports = { withFileLock, realPath };
