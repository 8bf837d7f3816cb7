'use strict';
// The tools that fill machines, started as people start them and stopped as foreign trees: nothing of them is left.
const { execFile, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { promisify } = require('node:util');
const test = require('ava');

const { killProcessTree, listProcesses, shutdown } = require('..');
const { cookie, gone } = require('./helpers/kernel.js');
const { root } = require('./helpers/programs.js');

test.after.always(() => shutdown());

const run = promisify(execFile);
const bin = path.join(root, 'node_modules', '.bin');
const fixture = (name) => path.join(__dirname, 'fixtures', name);

/** Starts a tool and waits until it has printed `line` so many times. */
async function start(t, command, args, { cwd, line, times = 1 }) {
  const { env, survivors } = cookie();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env, PATH: `${bin}${path.delimiter}${process.env.PATH}`, NO_UPDATE_NOTIFIER: '1', CI: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(async () => {
    for (const pid of await survivors()) process.kill(pid, 'SIGKILL');
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  let seen = 0;
  for await (const text of readline.createInterface(child.stdout)) {
    if (text.includes(line)) seen += 1;
    if (seen === times) return { pid: child.pid, survivors };
  }
  throw new Error(`${command} ended before it was ready: ${errors}`);
}

async function stopAll(t, { pid, survivors }, least) {
  t.true((await survivors()).length >= least, `${(await survivors()).length} processes`);
  const report = await killProcessTree(pid, { graceMs: 3000 });
  t.true(report.stopped.length + report.forced.length >= least);
  t.deepEqual(report.survivors, []);
  t.deepEqual(await survivors(), []);
}

test.serial('vitest with its forks and what they started', async (t) => {
  const tool = await start(t, 'vitest', ['run'], { cwd: fixture('vitest-project'), line: 'worker ready', times: 2 });
  await stopAll(t, tool, 5);
});

test.serial('tsx watch', async (t) => {
  const tool = await start(t, 'tsx', ['watch', 'main.ts'], { cwd: fixture('seed-003'), line: 'all workers ready' });
  await stopAll(t, tool, 3);
});

test.serial('a chain of npm run', async (t) => {
  const tool = await start(t, 'npm', ['run', 'dev'], { cwd: fixture('seed-003'), line: 'all workers ready' });
  await stopAll(t, tool, 6);
});

test.serial('an nx daemon is refused with its own command, which stops it', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-nx-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.cpSync(fixture('nx-workspace'), folder, { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const { env, survivors } = cookie();
  t.teardown(async () => {
    for (const pid of await survivors()) process.kill(pid, 'SIGKILL');
  });
  const nx = (...args) => run('nx', args, { cwd: folder, env: { ...process.env, ...env, PATH: `${bin}${path.delimiter}${process.env.PATH}`, NX_DAEMON: 'true', CI: '' } });
  await nx('daemon', '--start');
  const own = new Set(await survivors());
  const daemon = (await listProcesses()).find(({ pid, argv }) => own.has(pid) && argv.some((argument) => argument.endsWith('/daemon/server/start.js')));
  t.truthy(daemon, 'it runs');
  await t.throwsAsync(killProcessTree(daemon), { code: 'ERR_KILL_REFUSED', message: /nx daemon --stop/ });
  await nx('daemon', '--stop');
  await gone([daemon.pid]);
});
