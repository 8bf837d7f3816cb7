'use strict';
// The plan's case: npm → sh → tsx → node → workers. Its stop script knew npm's pid and left the rest; here nothing is left.
const { spawn: spawnPlain } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const test = require('ava').default;

const procman = require('..');
const { cookie, descendants, gone } = require('./helpers/kernel.js');
const { root } = require('./helpers/programs.js');

const project = path.join(__dirname, 'fixtures', 'seed-003');
/** npm, sh, tsx, node and its workers at least; npm may or may not be a process of its own. */
const LEAST = 7;

test.after.always(() => procman.shutdown({ graceMs: 0 }));

function environment() {
  const { env, survivors } = cookie();
  const PATH = `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`;
  return { env: { ...env, PATH, NO_UPDATE_NOTIFIER: '1' }, survivors };
}

async function ready(stdout) {
  for await (const line of readline.createInterface(stdout)) if (line === 'all workers ready') return;
  throw new Error('the tree ended before it was ready');
}

test('started by spawn and stopped', async (t) => {
  const { env, survivors } = environment();
  const unit = await procman.spawn('npm', ['run', 'dev'], { cwd: project, env, stdio: ['ignore', 'pipe', 'ignore'] });
  await ready(unit.stdout);
  const tree = await descendants(process.pid);
  t.true((await unit.processes()).length >= LEAST);
  const report = await unit.stop();
  t.true(report.stopped.length + report.forced.length >= LEAST);
  t.deepEqual(report.survivors, []);
  t.deepEqual(await survivors(), []);
  t.true(tree.length > LEAST);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL']) {
  test(`started by procman run, which gets ${signal}`, async (t) => {
    const { env, survivors } = environment();
    const cli = path.join(root, 'bin', 'procman.js');
    const child = spawnPlain(process.execPath, [cli, 'run', '--', 'npm', 'run', 'dev'], {
      cwd: project,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exited = once(child, 'exit');
    await ready(child.stdout);
    const tree = await descendants(child.pid);
    t.true(tree.length >= LEAST + 2, 'guard and shim too');
    child.kill(signal);
    await exited;
    await gone(tree);
    t.deepEqual(await survivors(), []);
  });
}

test('a plain child that is stopped by its pid leaves its tree behind: a control', async (t) => {
  const { env, survivors } = environment();
  const child = spawnPlain('npm', ['run', 'dev'], { cwd: project, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  await ready(child.stdout);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  const left = await survivors();
  for (const pid of left) process.kill(pid, 'SIGKILL');
  await gone(left);
  t.true(left.length > 0);
});
