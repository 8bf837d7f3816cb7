'use strict';
// Host, guard and shims die in one instant; the next procman on the machine ends what they left, and nobody else.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { abandon, killInOneInstant } = require('./helpers/abandoned.js');
const { cookie, gone, guardiansOf, isAlive } = require('./helpers/kernel.js');
const { copyPackage } = require('./helpers/package-copy.js');
const { root, stubbornTree } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const NOBODY = 65534;
const asRoot = process.getuid() === 0 ? test : test.skip;
const cli = path.join(root, 'bin', 'procman.js');

/** A folder of ledgers that no other test sweeps. */
function ownState(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-sweep-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return { PROCMAN_STATE_DIR: folder };
}

const ledgersIn = ({ PROCMAN_STATE_DIR: folder }) => fs.readdirSync(path.join(folder, 'guards')).filter((name) => name.endsWith('.jsonl'));

test('a folder of ledgers that is named by a relative path is one folder for guard and sweep', async (t) => {
  const { PROCMAN_STATE_DIR: folder } = ownState(t);
  const { stdout, stderr } = await runNode(
    `process.chdir(${JSON.stringify(folder)});
     process.env.PROCMAN_STATE_DIR = 'some/where';
     const procman = require(${JSON.stringify(root)});
     const fs = require('node:fs');
     (async () => {
       await procman.spawn('sleep', ['1000'], { stdio: 'ignore' });
       const first = fs.readdirSync('some/where/guards').length;
       const { ledgers } = await procman.sweep({ dryRun: true });
       process.chdir('/');
       const later = (await procman.sweep({ dryRun: true })).ledgers;
       await procman.shutdown({ graceMs: 0 });
       console.log(JSON.stringify([first, ledgers.map(({ file }) => file), later.length]));
     })();`,
  );
  const [first, paths, later] = JSON.parse(stdout || stderr);
  t.deepEqual([first, paths.length, later], [1, 1, 1]);
  t.is(path.dirname(paths[0]), path.join(folder, 'some/where/guards'));
});

/** The command line in a process of its own. */
async function runCli(args, env) {
  const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const [status] = await once(child, 'close');
  return { status, stdout: Buffer.concat(chunks).toString() };
}

test('the first unit of the next host sweeps, beside its work', async (t) => {
  const state = ownState(t);
  const { env, survivors } = cookie();
  const left = await abandon(t, { env, survivors, state });
  t.true(left.length >= 3, 'double-forked, in a session of its own, deaf to SIGTERM');
  for (const pid of left) t.true(await isAlive(pid), 'a control: without a sweep they stay');
  const { stdout, stderr, code } = await runNode(
    `const procman = require('.');
     const { gone } = require('./__test__/helpers/kernel.js');
     const run = async () => (await procman.spawn(process.execPath, ['--version'], { stdio: 'ignore' })).exited;
     process.on('warning', ({ message }) => console.log(message));
     run().then(() => gone(${JSON.stringify(left)})).then(async () => {
       // The sweep has the last word after the last death; each unit that starts passes on what there is.
       while (!told) await run();
       await procman.shutdown();
     });
     let told = false;
     process.on('warning', () => (told = true));`,
    { env: state, timeout: 60_000 },
  );
  t.is(code, 0, stderr);
  t.deepEqual(await survivors(), []);
  t.regex(stdout, /^an earlier host and its guard died together and left processes behind: \d+ stopped\n$/);
  t.deepEqual(ledgersIn(state), []);
});

test('procman sweep ends them, tells them, and leaves no ledger', async (t) => {
  const state = ownState(t);
  const { env, survivors } = cookie();
  const left = await abandon(t, { env, survivors, state });
  const dry = JSON.parse((await runCli(['sweep', '--dry-run', '--json'], state)).stdout);
  const found = dry.found.map(({ pid }) => pid);
  for (const pid of left) t.true(found.includes(pid), `${pid}`);
  t.deepEqual([dry.stopped, dry.forced, dry.ledgers.map((ledger) => ledger.state)], [[], [], ['to-sweep']]);
  for (const pid of left) t.true(await isAlive(pid), 'a dry run stops nobody');
  const { status, stdout } = await runCli(['sweep', '--grace', '100ms'], state);
  t.is(status, 0);
  t.deepEqual(await survivors(), []);
  for (const pid of left) t.regex(stdout, new RegExp(`(stopped|killed)  ${pid}  (sh|sleep)`));
  t.deepEqual(ledgersIn(state), []);
  t.is((await runCli(['sweep'], state)).stdout, '');
});

test('a cleanup does it too, and every action is a line of the audit log', async (t) => {
  const state = ownState(t);
  const { env, survivors } = cookie();
  const left = await abandon(t, { env, survivors, state });
  const { stdout, stderr } = await runNode(
    `const { ProcessCleanup } = require('.');
     const scan = (dryRun) => new ProcessCleanup({ dryRun }).scan();
     (async () => console.log(JSON.stringify([await scan(true), await scan(false)])))();`,
    { env: state, timeout: 60_000 },
  );
  const [dry, real] = JSON.parse(stdout || stderr);
  for (const pid of left) {
    t.true(dry.stopped.some((process) => process.pid === pid), `${pid} would be stopped`);
    t.true([...real.stopped, ...real.forced].some((process) => process.pid === pid), `${pid} is stopped`);
  }
  t.deepEqual(await survivors(), []);
  const lines = fs.readFileSync(path.join(state.PROCMAN_STATE_DIR, 'audit.jsonl'), 'utf8').trim().split('\n').map(JSON.parse);
  const actions = lines.filter(({ rule }) => rule === 'sweep').map(({ action }) => action);
  t.true(actions.includes('would-stop') && actions.includes('forced'), `${actions}`);
});

asRoot('the same for a user without rights', async (t) => {
  const { folder, owned } = copyPackage(t, { uid: NOBODY });
  const { env, survivors } = cookie();
  const state = { PROCMAN_STATE_DIR: owned, HOME: owned };
  const before = ['setpriv', '--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'];
  const left = await abandon(t, { env, survivors, state, before, file: path.join(folder, '__test__', 'fixtures', 'host.js') });
  t.true(left.length >= 3);
  const script = `require(${JSON.stringify(folder)}).sweep({ graceMs: 100 }).then((report) => console.log(JSON.stringify(report)))`;
  const child = spawn(before[0], [...before.slice(1), process.execPath, '-e', script], { cwd: folder, env: { ...process.env, ...state }, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  await once(child, 'close');
  const report = JSON.parse(Buffer.concat(chunks).toString());
  const ended = [...report.stopped, ...report.forced].map(({ pid }) => pid);
  for (const pid of left) t.true(ended.includes(pid), `${pid}`);
  t.deepEqual(report.survivors, []);
  t.deepEqual(await survivors(), []);
});

test('a host sweeps behind its own guard that died with its shim', async (t) => {
  const { env, survivors } = cookie();
  const unit = await procman.spawn(...stubbornTree(), { env, stdio: ['ignore', 'pipe', 'ignore'], graceMs: 100 });
  await once(unit.stdout, 'data');
  const { shim, guard } = await guardiansOf(unit.pid);
  const tree = await survivors();
  t.true(tree.length >= 3);
  await killInOneInstant([shim, guard]);
  t.is((await unit.exited).cause, 'guard');
  await gone(tree);
  t.deepEqual(await survivors(), []);
  await procman.shutdown({ graceMs: 0 });
});

test('a process that looks like a leftover and belongs to a living host is not touched', async (t) => {
  const state = ownState(t);
  const { env, survivors } = cookie();
  const script = `
    const procman = require('.');
    const { stubbornTree } = require('./__test__/helpers/programs.js');
    procman.spawn(...stubbornTree(), { stdio: 'ignore' }).then(({ pid }) => console.log(pid));`;
  const host = spawn(process.execPath, ['-e', script], { cwd: root, env: { ...process.env, ...env, ...state }, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(host.stdout, 'data');
  const before = await survivors();
  const report = JSON.parse((await runCli(['sweep', '--json'], state)).stdout);
  t.deepEqual(report.ledgers.map((ledger) => ledger.state), ['left']);
  t.deepEqual([report.found, report.stopped, report.forced], [[], [], []]);
  for (const pid of before) t.true(await isAlive(pid));
  host.kill('SIGKILL');
  await gone(before);
});

test('bad options are named', async (t) => {
  await t.throwsAsync(procman.sweep({ graceMs: Infinity }), { code: 'ERR_INVALID_ARGUMENT', message: /graceMs must be at most 600000/ });
  await t.throwsAsync(procman.sweep({ graceMs: -1 }), { code: 'ERR_INVALID_ARGUMENT' });
  await t.throwsAsync(procman.sweep({ dryRun: 1 }), { code: 'ERR_INVALID_ARGUMENT', message: /dryRun must be true or false/ });
});

test('a folder of ledgers that others may write is refused', async (t) => {
  const state = ownState(t);
  const guards = path.join(state.PROCMAN_STATE_DIR, 'guards');
  fs.mkdirSync(guards);
  fs.chmodSync(guards, 0o777);
  const { status, stdout } = await runCli(['sweep', '--json'], state);
  t.is(status, 3);
  t.regex(JSON.parse(stdout).error.message, /guards are not swept: others may write there; make it a folder of uid \d+ with mode 0700/);
});
