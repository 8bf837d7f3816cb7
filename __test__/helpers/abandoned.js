'use strict';
// Leftovers: host, guard and shims of a host are killed in one instant, so that none of them can react to the death of another.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const { gone, nameOf } = require('./kernel.js');

const processes = import('../../scripts/processes.mjs');
const here = path.join(__dirname, '..', 'fixtures', 'host.js');

/** Starts a host that waits, and says what it started. */
async function startHost(env, { before = [], file = here } = {}) {
  const [command, ...args] = [...before, process.execPath, file, 'wait'];
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(readline.createInterface(child.stdout), 'line');
  return { child, started: JSON.parse(line) };
}

/** Stops all of them, waits until they stand still, and kills them: shims first, because the kernel wakes a stopped shim whose guard dies. */
async function killInOneInstant(pids) {
  const { stat } = await processes;
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  for (const pid of pids) while (stat(pid).state !== 'T') await new Promise(setImmediate);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await gone(pids);
}

/** Leaves behind what such a host had started; gives the pids that live on. A test that fails leaves nobody: they carry its cookie. */
async function abandon(t, { env, survivors, state, ...options }) {
  t.teardown(async () => {
    for (const pid of await survivors()) process.kill(pid, 'SIGKILL');
  });
  const { child, started } = await startHost({ ...env, ...state }, options);
  const exited = once(child, 'close');
  const { isAlive } = await processes;
  const above = (name) => started.tree.filter((pid) => nameOf(pid) === name);
  const first = [started.unit, started.mcp];
  await killInOneInstant([...above('procman-shim'), ...above('procman-guard'), started.host]);
  // The kernel kills them with their shims.
  await gone(first);
  await exited;
  return started.tree.filter(isAlive);
}

module.exports = { abandon, startHost, killInOneInstant };
