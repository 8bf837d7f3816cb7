'use strict';
// kill and pids --stop where not everybody may be stopped, and dry runs: what is told, what the status is, how long signals are heard.
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { EXIT } = require('../lib/cli/exit-codes.js');
const { fakeApi, procmanError, runCli } = require('./fixtures/fake-api.js');
const { runNode } = require('./helpers/run-node.js');
const { isRunning, victims } = require('./helpers/victims.js');

const proc = (pid) => ({ pid, startToken: `${pid}`, name: 'node', argv: [`${pid}.js`], state: 'sleeping', threads: 1 });
const stop = (facts) => ({ stopped: [], forced: [], survivors: [], refused: [], durationMs: 1, ...facts });
const refusal = (pid, rule) => procmanError('ERR_KILL_REFUSED', `process ${pid} is not stopped: it ${rule}`, { pid, rule });

/** Refuses 1 at once, stops everybody else in a later turn of the loop. */
async function stopLater(target) {
  const pid = target.pid ?? target;
  if (pid === 1) throw procmanError('ERR_KILL_REFUSED', 'target is 1, which is no single process', { pid });
  if (pid === 2) throw refusal(2, 'is kept');
  await new Promise(setImmediate);
  return stop({ stopped: [proc(pid)] });
}

test('of several stops at once one was told as killed and refused, or as stopped and killed', async (t) => {
  const asked = [];
  const reports = { 2: { stopped: [proc(2), proc(4)], refused: [{ pid: 5, reason: 'unproved' }] }, 4: { forced: [proc(4)] }, 5: { survivors: [{ process: proc(5), reason: 'stuck' }] } };
  const killProcessTree = async (pid) => (asked.push(pid), stop(reports[pid]));
  const { stdout } = await runCli(['kill', '2', '4', '5', '2', '--json'], { api: fakeApi({ killProcessTree }) });
  t.deepEqual(asked, [2, 4, 5]);
  const { stopped, forced, survivors, refused } = JSON.parse(stdout);
  t.deepEqual([stopped, forced, survivors.map((it) => it.process), refused].map((list) => list.map(({ pid }) => pid)), [[2], [4], [5], []]);
});

test('options of pids that need --stop did nothing without it, and signals were named as in the API', async (t) => {
  for (const option of [['--force'], ['--dry-run'], ['--grace', '1s']]) {
    const { status, stderr } = await runCli(['pids', ...option]);
    t.is(status, EXIT.USAGE);
    t.regex(stderr, new RegExp(`${option[0]} needs --stop`));
  }
  t.regex((await runCli(['kill', '7', '--signal', 'TERM'])).stderr, /--signal must be the name of a signal, such as SIGTERM; got 'TERM'/);
});

test('kill tells who was stopped beside those that are refused', async (t) => {
  const api = fakeApi({ killProcessTree: stopLater });
  const { status, stdout, stderr } = await runCli(['kill', '1', '7', '2'], { api });
  t.deepEqual([status, stderr], [EXIT.OK, '']);
  t.is(stdout, 'stopped  7  7.js\nrefused  1  target is 1, which is no single process\nrefused  2  is kept\n');
  const report = JSON.parse((await runCli(['kill', '1', '7', '--json'], { api })).stdout);
  t.deepEqual([report.stopped.map(({ pid }) => pid), report.refused.map(({ pid }) => pid)], [[7], [1]]);
});

test('kill of none but protected ones tells each of them, and one alone as an error', async (t) => {
  const api = fakeApi({ killProcessTree: stopLater });
  const both = await runCli(['kill', '1', '2'], { api });
  t.deepEqual([both.status, both.stdout.split('\n').length], [EXIT.REFUSED, 3]);
  const alone = await runCli(['kill', '2', '--json'], { api });
  t.deepEqual([alone.status, JSON.parse(alone.stdout).error.code], [EXIT.REFUSED, 'ERR_KILL_REFUSED']);
});

test('signals are heard until the last stop is over, whatever became of the others', async (t) => {
  for (const error of [refusal(1, 'is kept'), procmanError('ERR_NATIVE', 'odd')]) {
    const signals = new EventEmitter();
    let heard;
    const killProcessTree = async (pid, { signal }) => {
      if (pid === 1) throw error;
      setTimeout(() => signals.emit('SIGINT', 'SIGINT'), 20);
      await new Promise((resolve) => signal.addEventListener('abort', () => resolve((heard = true))));
      throw procmanError('ERR_ABORTED', 'it was aborted');
    };
    const { status, listeners } = await runCli(['kill', '1', '7'], { api: fakeApi({ killProcessTree }), signals });
    t.deepEqual([heard, status, listeners], [true, 130, 0]);
  }
});

test('what fails is told after what was done', async (t) => {
  const failing = async (pid) => (pid === 3 ? Promise.reject(procmanError('ERR_NATIVE', 'odd')) : stopLater(pid));
  const { status, stdout, stderr } = await runCli(['kill', '3', '7'], { api: fakeApi({ killProcessTree: failing }) });
  t.deepEqual([status, stdout], [EXIT.FAILURE, 'stopped  7  7.js\n']);
  t.regex(stderr, /^procman: ERR_NATIVE: odd\n/);
  const { error } = JSON.parse((await runCli(['kill', '3', '7', '--json'], { api: fakeApi({ killProcessTree: failing }) })).stdout);
  t.deepEqual([error.code, error.details.report.stopped[0].pid], ['ERR_NATIVE', 7]);
});

test('pids --stop tells who was stopped beside a protected entry', async (t) => {
  const recorded = [1, 7].map((pid) => ({ service: null, pid, pgid: null, state: 'running', process: proc(pid) }));
  const files = { removed: [], kept: [{ path: '.pids/services.pids', reason: 'process 1 lives' }] };
  const api = fakeApi({ readProcessTrees: async () => recorded, killProcessTree: stopLater, sweepFiles: async () => files });
  const { status, stdout, stderr } = await runCli(['pids', '--stop'], { api });
  t.deepEqual([status, stdout], [EXIT.OK, 'stopped  7  7.js\nrefused  1  target is 1, which is no single process\n']);
  t.is(stderr, 'warning: .pids/services.pids is kept: process 1 lives\n');
  const report = JSON.parse((await runCli(['pids', '--stop', '--json'], { api })).stdout);
  t.deepEqual([report.stopped[0].pid, report.refused[0].pid, report.files], [7, 1, files]);
  const alone = fakeApi({ readProcessTrees: async () => recorded.slice(0, 1), killProcessTree: stopLater, sweepFiles: async () => files });
  t.is((await runCli(['pids', '--stop'], { api: alone })).status, EXIT.REFUSED);
});

const plan = (facts) => ({ createdAt: '2026-01-01T00:00:00Z', bootId: 'b', targets: [], refused: [{ process: proc(2), rule: 'x', reasons: ['is kept'] }], ...facts });

test('where a rule protects everybody that matches, the status says so, of a dry run too', async (t) => {
  const api = fakeApi({ planKill: async () => plan(), executePlan: async () => stop({ refused: [{ pid: 2, reason: 'is kept' }] }) });
  const done = await runCli(['kill', '--match', 'x'], { api });
  t.deepEqual([done.status, done.stdout, done.stderr], [EXIT.REFUSED, 'refused  2  is kept\n', '']);
  for (const more of [[], ['--json']]) t.is((await runCli(['kill', '--match', 'x', '--dry-run', ...more], { api })).status, EXIT.REFUSED);
  const some = fakeApi({ planKill: async () => plan({ targets: [{ process: proc(7), rule: 'x', reasons: [] }] }) });
  t.is((await runCli(['kill', '--match', 'x', '--dry-run'], { api: some })).status, EXIT.OK);
  const nobody = fakeApi({ planKill: async () => plan({ refused: [] }) });
  t.is((await runCli(['kill', '--match', 'x', '--dry-run'], { api: nobody })).status, EXIT.OK);
});

/** A file with this plan in it. */
function planFile(t, text) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-plan-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'plan.json');
  fs.writeFileSync(file, text);
  return file;
}

test('a dry run of a plan is the planner: it refuses what the real run refuses', async (t) => {
  const file = planFile(t, JSON.stringify(plan({ targets: [{ process: proc(7), rule: 'x', reasons: [] }] })));
  const gone = fakeApi({ executePlan: async () => stop({ refused: [{ pid: 7, reason: 'has ended' }] }) });
  const dry = await runCli(['kill', '--plan', file, '--dry-run'], { api: gone });
  t.deepEqual([dry.status, dry.stdout], [EXIT.REFUSED, 'refused  7  has ended\n']);
  t.true(gone.calls.find(([name]) => name === 'executePlan')[2].dryRun);
  const stale = fakeApi({ executePlan: async () => Promise.reject(procmanError('ERR_PLAN_STALE', 'it is of another boot')) });
  t.is((await runCli(['kill', '--plan', file, '--dry-run'], { api: stale })).status, EXIT.FAILURE);
  const fresh = fakeApi({ executePlan: async () => stop({ stopped: [proc(7)] }) });
  t.is((await runCli(['kill', '--plan', file, '--dry-run'], { api: fresh })).stdout, 'would stop  7  7.js\n');
});

test('a file that holds no plan is named, with the way to make one', async (t) => {
  for (const text of ['{}', '[]', 'null', '5', '{"targets":[]}', '{"targets":{},"refused":[]}', '{"stopped":[],"refused":[]}']) {
    for (const more of [[], ['--dry-run']]) {
      const { status, stderr } = await runCli(['kill', '--plan', planFile(t, text), ...more]);
      t.is(status, EXIT.USAGE, text);
      t.regex(stderr, /--plan: '.*plan\.json' is no plan: .*targets and refused.*procman kill --match PROGRAM --dry-run --json/, text);
    }
  }
});

test('many are stopped without a warning of Node', async (t) => {
  const { run, file } = victims(t);
  const children = await Promise.all(Array.from({ length: 12 }, () => run(process.execPath, [file('idle')])));
  const words = ['kill', ...children.map(({ pid }) => `${pid}`), '--dry-run'];
  const script = `process.argv.splice(1, Infinity, 'procman', ...${JSON.stringify(words)}); require('./lib/cli/main.js').runFromShell();`;
  const { code, stdout, stderr } = await runNode(script);
  t.deepEqual([code, stderr], [0, '']);
  t.is(stdout.split('\n').length, 13);
  t.true(children.every(isRunning));
});
