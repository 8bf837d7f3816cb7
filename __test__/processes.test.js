'use strict';
// Processes of the machine: lists and trees.
const { spawn: plainSpawn } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync, readlinkSync } = require('node:fs');
const { isDeepStrictEqual } = require('node:util');
const test = require('ava');

const { getDescendants, listProcesses, shutdown, spawn } = require('..');
const { cookie } = require('./helpers/kernel.js');

test.after.always(() => shutdown({ graceMs: 0 }));

/** A shell that runs `script` and says a line when it is ready; ends with the test, and with everything in its environment's name. */
async function shell(t, script, options = {}) {
  const { env, survivors } = cookie();
  const child = plainSpawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env }, ...options });
  t.teardown(async () => {
    for (const pid of await survivors()) process.kill(pid, 'SIGKILL');
  });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, line: line.trim() };
}

test('this process is listed as it is', async (t) => {
  const own = (await listProcesses()).find(({ pid }) => pid === process.pid);
  t.like(own, { ppid: process.ppid, uid: process.geteuid(), exe: process.execPath, orphan: false, unit: undefined });
  t.deepEqual(own.argv.slice(0, 1), [process.argv0]);
  t.regex(own.bootId, /^[0-9a-f-]{36}$/);
  t.true(own.rssBytes > 2 ** 20 && own.threads > 1 && own.startedAt < Date.now());
  t.deepEqual(Object.keys(own).filter((key) => own[key] === null), []);
});

test('the same process has the same token, and each its own', async (t) => {
  const [before, after] = [await listProcesses(), await listProcesses()];
  const tokens = new Map(before.map(({ pid, startToken }) => [pid, startToken]));
  t.is(new Set(tokens.values()).size, tokens.size);
  t.is(after.find(({ pid }) => pid === process.pid).startToken, tokens.get(process.pid));
});

test('arguments that are no text are there byte by byte', async (t) => {
  const { child } = await shell(t, `exec perl -e '$| = 1; print "x\\n"; <STDIN>' "$(printf '\\377\\001')"`);
  const found = (await listProcesses()).find(({ pid }) => pid === child.pid);
  t.deepEqual(found.argvRaw.at(-1), Buffer.from([0xff, 1]));
  t.is(found.argv.at(-1), '\u{fffd}\u{1}');
  child.stdin.end();
});

/** What the kernel says of a process, or `undefined` once it is gone. */
function kernelsWord(pid) {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`);
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').slice(0, -1);
    const [, ppid, pgid, sid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    return { name, ppid, pgid, sid, argv, ...(argv.length > 0 && { exe: readlinkSync(`/proc/${pid}/exe`) }) };
  } catch {
    return undefined;
  }
}

/** The arguments with an end to each, as the kernel has them. */
const asBytes = ({ argv, argvRaw = argv.map((argument) => Buffer.from(argument)) }) =>
  Buffer.concat(argvRaw.flatMap((argument) => [argument, Buffer.of(0)]));

test('each row has what is of its process, whoever stands before it', async (t) => {
  const script = `exec perl -e '$| = 1; print "x\n"; <STDIN>'`;
  const odd = await shell(t, `${script} '' "$(printf '\\377\\001')" '' ''`);
  const empty = await shell(t, `${script} '' ''`);
  // The second of the same texts crosses as a mark, and these begin as that mark does.
  const marks = `${script} "$(printf '\\001')" same "$(printf '\\001\\001')" "$(printf '\\001x')"`;
  for (let time = 0; time < 3; time++) await shell(t, marks);
  const plain = await shell(t, `${script} last`);
  const kernels = new Map((await listProcesses()).map(({ pid }) => [pid, kernelsWord(pid)]));
  const listed = await listProcesses();
  const same = listed.filter((process) => {
    const before = kernels.get(process.pid);
    // Who began, ended, fell to another parent or ran another program meanwhile says nothing; nor do the kernel's threads, which rename themselves.
    if (before === undefined || before.argv.length === 0 || !isDeepStrictEqual(before, kernelsWord(process.pid))) return false;
    const { argv, ...rest } = before;
    t.like(process, rest, `${process.pid} ${before.name}`);
    // A title leaves NULs behind it, which are no arguments.
    return argv.subarray(0, asBytes(process).length).equals(asBytes(process));
  });
  for (const { child } of [odd, empty, plain]) {
    t.true(same.some(({ pid }) => pid === child.pid), `${child.pid}`);
    child.stdin.end();
  }
});

test('who has the arguments of the row above has a list of its own', async (t) => {
  const children = [];
  for (let time = 0; time < 3; time++) children.push((await shell(t, 'echo x; read line; : alike')).child);
  const rows = (await listProcesses()).filter(({ pid }) => children.some((child) => child.pid === pid));
  t.is(rows.length, children.length);
  const before = rows[0].argv.slice();
  for (const row of rows) {
    t.deepEqual(row.argv, before);
    row.argv.push('changed');
  }
  for (const child of children) child.stdin.end();
});

test('lists that are fetched at the same time keep their rows apart', async (t) => {
  const lists = await Promise.all(Array.from({ length: 5 }, () => listProcesses()));
  const tokens = new Map(lists[0].map(({ pid, startToken }) => [pid, startToken]));
  for (const list of lists) {
    t.is(new Set(list.map(({ pid }) => pid)).size, list.length);
    const known = list.filter(({ pid }) => tokens.has(pid));
    // The machine is not ours: others may come and go by the thousand.
    t.true([process.pid, process.ppid].every((own) => known.some(({ pid }) => pid === own)));
    t.deepEqual(known.filter(({ pid, startToken }) => tokens.get(pid) !== startToken), []);
  }
});

test('a tree is listed with the process itself first', async (t) => {
  const { child } = await shell(t, `sh -c 'sh -c "echo x; read line; :"; :'; :`);
  const tree = await getDescendants(child.pid);
  t.deepEqual(tree.map(({ name }) => name), ['sh', 'sh', 'sh']);
  t.deepEqual(tree.map(({ ppid }) => ppid), [process.pid, tree[0].pid, tree[1].pid]);
  child.stdin.end();
});

test('children of every thread are below their process', async (t) => {
  const { env, survivors } = cookie();
  const script = `import threading, subprocess, sys
def start():
    subprocess.Popen(['sleep', '60']); print('ready', flush=True); threading.Event().wait()
threading.Thread(target=start, daemon=True).start(); sys.stdin.read()`;
  const child = plainSpawn('python3', ['-c', script], { env: { ...process.env, ...env } });
  await once(child.stdout, 'data');
  t.deepEqual((await getDescendants(child.pid)).map(({ name }) => name), ['python3', 'sleep']);
  for (const pid of await survivors()) process.kill(pid, 'SIGKILL');
});

test('of a number that nobody has there is no tree', async (t) => {
  t.deepEqual(await getDescendants(2 ** 22 + 1), []);
  for (const pid of [0, -1, 1.5, '7', undefined]) await t.throwsAsync(getDescendants(pid), { code: 'ERR_INVALID_ARGUMENT' });
});

test('managed processes are those of the units, with their unit', async (t) => {
  const unit = await spawn('sh', ['-c', 'sleep 60 & sleep 60; :'], { stdio: 'ignore' });
  const listed = await listProcesses({ managed: true });
  const its = listed.filter((process) => process.unit === unit.id);
  t.is(its[0].pid, unit.pid);
  t.true(its.every(({ pid }) => pid === unit.pid || its.some((other) => other.pid !== pid)));
  const all = await listProcesses();
  t.is(all.find(({ pid }) => pid === unit.pid).unit, unit.id);
  t.deepEqual((await unit.processes()).map(({ startToken }) => startToken).sort(), its.map(({ startToken }) => startToken).sort());
  await unit.stop({ force: true });
  t.false((await listProcesses({ managed: true })).some((process) => process.unit === unit.id));
});

test('an aborted list rejects with the reason', async (t) => {
  await t.throwsAsync(listProcesses({ signal: AbortSignal.abort('why') }), { code: 'ERR_ABORTED' });
  const controller = new AbortController();
  const listed = listProcesses({ signal: controller.signal });
  controller.abort(new Error('because'));
  const error = await t.throwsAsync(listed, { code: 'ERR_ABORTED', name: 'AbortError' });
  t.is(error.cause.message, 'because');
});
