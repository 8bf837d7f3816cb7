'use strict';
// ps, tree, kill, why, pids, sweep: what they ask for, what they print, how they end. Against a pretended engine.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { EXIT } = require('../lib/cli/exit-codes.js');
const { fakeApi, procmanError, runCli } = require('./fixtures/fake-api.js');

const HOUR = 3_600_000;
const process = (pid, ppid, facts = {}) => ({
  pid, ppid, startToken: `${pid}`, bootId: 'b', pgid: pid, sid: pid, uid: 0, name: 'node', argv: ['node', `${pid}.js`], exe: '/usr/bin/node', state: 'sleeping',
  rssBytes: 2 ** 20, cpuPercent: 0, startedAt: Date.now() - 2 * HOUR, threads: 1, orphan: false, ...facts,
});
const table = () => [
  process(1, 0, { name: 'init', argv: ['/sbin/init'] }),
  process(2, 0, { name: 'kthreadd', argv: [], exe: undefined }),
  process(3, 2, { name: 'kworker/0', argv: [], exe: undefined }),
  process(10, 1, { name: 'procman-guard', argv: ['procman-guard', '1'] }),
  process(11, 10, { name: 'procman-shim', argv: ['procman-guard', '1'] }),
  process(12, 11, { cpuPercent: 93.4, rssBytes: 9 * 2 ** 30 }),
  process(13, 12, { state: 'zombie', argv: [], name: 'sh' }),
  process(20, 1, { orphan: true, argv: ['tail', 'a\u001b[31mb\nc'] }),
];
const listing = () => fakeApi({ listProcesses: async () => table() });
const empty = { stopped: [], forced: [], survivors: [], refused: [], durationMs: 3 };
const lines = (text) => text.trimEnd().split('\n');

test('ps draws a tree without the kernel\'s threads', async (t) => {
  const { status, stdout } = await runCli(['ps'], { api: listing() });
  t.is(status, 0);
  t.deepEqual(lines(stdout), [
    'PID  CPU%   MEM  AGE  COMMAND',
    '  1   0.0  1.0M   2h  /sbin/init',
    ' 10   0.0  1.0M   2h  \u251c\u2500 procman-guard 1',
    ' 11   0.0  1.0M   2h  \u2502  \u2514\u2500 [procman-shim]',
    ' 12    93  9.0G   2h  \u2502     \u2514\u2500 node 12.js',
    ' 13   0.0  1.0M   2h  \u2502        \u2514\u2500 (zombie) [sh]',
    ' 20   0.0  1.0M   2h  \u2514\u2500 (orphan) tail a\u00b7[31mb\u00b7c',
  ]);
});

test('ps --managed shows guards, shims and what is below them; --all the kernel\'s threads', async (t) => {
  const pids = async (...options) => JSON.parse((await runCli(['ps', '--json', ...options], { api: listing() })).stdout).processes.map(({ pid }) => pid);
  t.deepEqual(await pids('--managed'), [10, 11, 12, 13]);
  t.deepEqual(await pids('--all'), table().map(({ pid }) => pid));
  t.deepEqual((await pids('--sort', 'mem')).slice(0, 2), [12, 1]);
  const nobody = await runCli(['ps', '--managed'], { api: fakeApi({ listProcesses: async () => [] }) });
  t.is(nobody.stderr, 'no process runs under procman\n');
});

test('ps --sort gives a list in that order, and a wrong key is named', async (t) => {
  const { stdout } = await runCli(['ps', '--sort', 'cpu'], { api: listing() });
  t.regex(lines(stdout)[1], /^ 12 +93 +9\.0G +2h {2}node 12\.js$/);
  const { status, stderr } = await runCli(['ps', '--sort', 'size']);
  t.is(status, EXIT.USAGE);
  t.regex(stderr, /--sort must be one of cpu, mem, age, name, pid; got 'size'/);
});

test('on a terminal lines end at its width, and colours show the level', async (t) => {
  const { stdout } = await runCli(['ps'], { api: listing(), isTTY: true, columns: 30 });
  // eslint-disable-next-line no-control-regex
  const bare = lines(stdout).map((line) => line.replace(/\u001b\[\d+m/g, ''));
  t.true(bare.every((line) => line.length <= 30), bare.join('\n'));
  t.true(bare[1].endsWith('  /sbin/i\u2026'), bare[1]);
  t.regex(stdout, /\u001b\[31m *93\u001b\[39m/);
  const plain = await runCli(['ps'], { api: listing(), isTTY: true, env: { NO_COLOR: '1' } });
  t.false(plain.stdout.includes('\u001b'));
});

test('tree shows a process with everybody below it', async (t) => {
  const api = fakeApi({ getDescendants: async (pid) => table().filter(({ pid: each }) => each >= pid && each < 20) });
  const { status, stdout } = await runCli(['tree', '11'], { api });
  t.is(status, 0);
  t.is(lines(stdout).length, 4);
  t.deepEqual(api.calls.find(([name]) => name === 'getDescendants'), ['getDescendants', 11]);
  const gone = await runCli(['tree', '99'], { api: fakeApi({ getDescendants: async () => [] }) });
  t.deepEqual([gone.status, gone.stderr], [EXIT.FAILURE, 'no process has pid 99\n']);
  t.is((await runCli(['tree', 'x'])).status, EXIT.USAGE);
});

const stopped = (pid) => ({ ...empty, stopped: [process(pid, 1)] });

test('kill stops each tree, with the options in their units', async (t) => {
  const api = fakeApi({ killProcessTree: async (pid) => stopped(pid) });
  const { status, stdout, stderr } = await runCli(['kill', '12', '13', '--grace', '15s', '--signal', 'SIGINT'], { api });
  t.is(status, 0);
  t.is(stdout, 'stopped  12  node 12.js\nstopped  13  node 13.js\n');
  t.is(stderr, '2 ended in 3 ms\n');
  const asked = api.calls.filter(([name]) => name === 'killProcessTree').map(([, pid, { signal, ...rest }]) => [pid, signal instanceof AbortSignal, rest]);
  const how = { force: false, dryRun: false, graceMs: 15_000, killSignal: 'SIGINT' };
  t.deepEqual(asked, [[12, true, how], [13, true, how]]);
});

test('kill --group asks for groups, --force for SIGKILL', async (t) => {
  const api = fakeApi({ killProcessGroup: async () => ({ ...empty, forced: [process(12, 1)] }) });
  const { stdout } = await runCli(['kill', '--group', '12', '--force'], { api });
  t.is(stdout, 'killed  12  node 12.js\n');
  t.true(api.calls.find(([name]) => name === 'killProcessGroup')[2].force);
});

test('kill tells survivors and refusals, each with its status', async (t) => {
  const survived = fakeApi({ killProcessTree: async () => ({ ...empty, survivors: [{ process: process(12, 1), reason: 'state D' }] }) });
  const one = await runCli(['kill', '12'], { api: survived });
  t.deepEqual([one.status, one.stdout], [EXIT.SURVIVORS, 'survived  12  node 12.js: state D\n']);
  const refused = fakeApi({ killProcessTree: async () => ({ ...empty, refused: [{ pid: 12, reason: 'it is kept' }] }) });
  const two = await runCli(['kill', '12'], { api: refused });
  t.deepEqual([two.status, two.stdout], [EXIT.REFUSED, 'refused  12  it is kept\n']);
  const forbidden = fakeApi({ killProcessTree: async () => Promise.reject(procmanError('ERR_KILL_REFUSED', 'process 1 is not stopped')) });
  t.is((await runCli(['kill', '1'], { api: forbidden })).status, EXIT.REFUSED);
});

const plan = () => ({
  createdAt: '2026-01-01T00:00:00Z', bootId: 'b',
  targets: [{ process: process(12, 1), rule: 'vitest', reasons: ['runs vitest'] }],
  refused: [{ process: process(1, 0), rule: 'vitest', reasons: ['is init'] }],
});

test('kill --match plans by program, and --dry-run shows the plan', async (t) => {
  const api = fakeApi({ planKill: async () => plan(), executePlan: async () => stopped(12) });
  const dry = await runCli(['kill', '--match', 'vitest', '--match', 'tsc', '--dry-run'], { api });
  t.is(dry.status, 0);
  t.is(dry.stdout, '\u2713 would stop  12  node 12.js\n      vitest: runs vitest\n\u2717 protected   1  node 1.js\n      vitest: is init\n');
  t.deepEqual(api.calls.find(([name]) => name === 'planKill')[1], [
    { name: 'vitest', match: { program: 'vitest' } },
    { name: 'tsc', match: { program: 'tsc' } },
  ]);
  t.false(api.calls.some(([name]) => name === 'executePlan'));
  const done = await runCli(['kill', '--match', 'vitest', '--grace', '15s'], { api });
  t.is(done.stdout, 'stopped  12  node 12.js\n');
  t.is(api.calls.find(([name]) => name === 'executePlan')[2].graceMs, 15_000);
});

test('a plan in JSON is replayed exactly', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-plan-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'plan.json');
  const api = fakeApi({ planKill: async () => plan(), executePlan: async () => stopped(12) });
  fs.writeFileSync(file, (await runCli(['kill', '--match', 'vitest', '--dry-run', '--json'], { api })).stdout);
  t.is((await runCli(['kill', '--plan', file], { api })).status, 0);
  const [, replayed] = api.calls.find(([name]) => name === 'executePlan');
  t.deepEqual(replayed.targets.map((target) => target.process.pid), [12]);
  fs.writeFileSync(file, 'no');
  t.regex((await runCli(['kill', '--plan', file])).stderr, /is no plan.*procman kill --match PROGRAM --dry-run --json/);
  t.regex((await runCli(['kill', '--plan', path.join(folder, 'none')])).stderr, /cannot read/);
});

test('kill wants exactly one way of saying whom', async (t) => {
  for (const words of [[], ['12', '--match', 'x'], ['--match', 'x', '--plan', 'p'], ['--group', '--match', 'x']]) {
    const { status, stderr } = await runCli(['kill', ...words]);
    t.is(status, EXIT.USAGE, words.join(' '));
    t.regex(stderr, /in one way|--group needs/);
  }
  t.regex((await runCli(['kill', '12', '--grace', '15x'])).stderr, /--grace must be a time such as 500ms, 15s or 2m; got '15x'/);
  t.regex((await runCli(['kill', 'abc'])).stderr, /'abc' is no process id/);
});

const explanation = (facts) => ({
  process: process(12, 11), chain: [process(11, 10, { name: 'procman-shim' }), process(10, 5, { name: 'procman-guard' }), process(5, 1)],
  descendants: 2, treeRssBytes: 3 * 2 ** 20, listens: ['127.0.0.1:3000'], unit: null, protected: null, ...facts,
});

test('why says who started it, and the command where it is safe to stop', async (t) => {
  const { status, stdout } = await runCli(['why', '12'], { api: fakeApi({ explainProcess: async () => [explanation()] }) });
  t.is(status, 0);
  t.regex(stdout, /^12 {2}node 12\.js\n/);
  t.regex(stdout, / {2}memory {3}1\.0M, 3\.0M with 2 below it\n {2}listens {2}127\.0\.0\.1:3000\n {2}below {4}11 {2}\[procman-shim\]\n/);
  t.regex(stdout, / {2}unit {5}none: it was not started through procman\n {2}stop {5}yes: no rule protects it\n {11}procman kill 12\n$/);
});

test('why and kill keep to the width of a terminal', async (t) => {
  const long = { argv: ['node', 'x'.repeat(300)] };
  const chain = [process(11, 1, long)];
  const api = fakeApi({ explainProcess: async () => [{ ...explanation({ chain }), process: process(12, 11, long) }], killProcessTree: async () => ({ ...empty, stopped: [process(12, 1, long)] }) });
  for (const words of [['why', '12'], ['kill', '12']]) {
    const { stdout } = await runCli(words, { api, isTTY: true, columns: 80, env: { NO_COLOR: '1' } });
    t.true(lines(stdout).every((line) => [...line].length <= 80), stdout);
    t.true((await runCli(words, { api })).stdout.includes('x'.repeat(300)), 'whole in a pipe');
  }
});

test('why warns of a unit that its host uses, and of a protected process', async (t) => {
  const told = async (facts) => (await runCli(['why', '12'], { api: fakeApi({ explainProcess: async () => [explanation(facts)] }) })).stdout;
  const unit = { firstPid: 12, shimPid: 11, guardPid: 10, hostPid: 5 };
  t.regex(await told({ unit }), /unit {5}12, of 5 \(node 5\.js\), guarded by 10\n {2}stop {5}with care: process 5 uses it, and may start it again/);
  t.regex(await told({ unit: { ...unit, guardPid: null, hostPid: null } }), /12, whose host is gone, without a guard: procman sweep/);
  const kept = await told({ protected: 'has PROCMAN_KEEP=1 in its environment' });
  t.regex(kept, /stop {5}no: it has PROCMAN_KEEP=1/);
  t.false(kept.includes('procman kill'));
});

test('why takes a port, and a number that is no pid for one', async (t) => {
  const api = fakeApi({ explainProcess: async ({ port }) => (port === 3000 ? [explanation()] : []) });
  t.is((await runCli(['why', ':3000'], { api })).status, 0);
  t.deepEqual(api.calls.map(([, target]) => target).filter(Boolean), [{ port: 3000 }]);
  t.is((await runCli(['why', '3000'], { api })).status, 0);
  const nobody = await runCli(['why', '4000'], { api });
  t.is(nobody.status, EXIT.FAILURE);
  t.regex(nobody.stderr, /no process has pid 4000, and nobody listens on such a port/);
  for (const word of ['x', '0', ':70000', '-1x']) t.is((await runCli(['why', '--', word])).status, EXIT.USAGE, word);
});

const recorded = [
  { service: 'orchestrator', pid: 12, pgid: 12, state: 'running', process: process(12, 1) },
  { service: null, pid: 13, pgid: null, state: 'reused', process: process(13, 1) },
  { service: 'agent', pid: 14, pgid: null, state: 'gone', process: null },
];

test('pids shows who of a list runs', async (t) => {
  const api = fakeApi({ readProcessTrees: async () => recorded });
  const { stdout } = await runCli(['pids'], { api });
  t.deepEqual(lines(stdout), [
    'orchestrator  12  12  running  1.0M  2h  node 12.js',
    '-             13   -  reused      -   -  node 13.js',
    'agent         14   -  gone        -   -  -',
  ]);
  t.deepEqual(api.calls.find(([name]) => name === 'readProcessTrees'), ['readProcessTrees', '.pids/services.pids']);
  t.deepEqual(JSON.parse((await runCli(['pids', 'x.pids', '--json'], { api })).stdout).map(({ pid }) => pid), [12, 13, 14]);
});

test('pids --stop stops only those that are the recorded ones, and removes the files', async (t) => {
  const files = { removed: [], kept: [] };
  const api = fakeApi({ readProcessTrees: async () => recorded, killProcessTree: async ({ pid }) => stopped(pid), sweepFiles: async () => files });
  const { status, stdout } = await runCli(['pids', '--stop', '--grace', '10s'], { api });
  t.is(status, 0);
  t.is(stdout, 'stopped  12  node 12.js\n');
  t.deepEqual(api.calls.filter(([name]) => name === 'killProcessTree').map(([, target]) => target.startToken), ['12'], 'by identity');
  t.deepEqual(api.calls.find(([name]) => name === 'sweepFiles')[1], { folders: [], pidsFiles: ['.pids/services.pids'], dryRun: false });
});

test('sweep tells what was stopped and which ledgers are kept', async (t) => {
  const ledger = (state) => ({ file: `/l/${state}.jsonl`, state, detail: 'because', guardPid: 1, hostPid: null, found: 1 });
  const report = { ...empty, stopped: [process(12, 1)], found: [process(12, 1)], ledgers: [ledger('left'), ledger('swept'), ledger('kept')], unreadable: [], busy: false };
  const api = fakeApi({ sweep: async () => report });
  const { status, stdout, stderr } = await runCli(['sweep', '--grace', '1s'], { api });
  t.deepEqual([status, stdout, stderr], [0, 'stopped  12  node 12.js\n', 'warning: /l/kept.jsonl: kept: because\n']);
  t.deepEqual(api.calls.find(([name]) => name === 'sweep'), ['sweep', { dryRun: false, graceMs: 1000 }]);
  const survived = fakeApi({ sweep: async () => ({ ...report, stopped: [], survivors: [{ process: process(12, 1), reason: 'state D' }] }) });
  t.is((await runCli(['sweep'], { api: survived })).status, EXIT.SURVIVORS);
  const busy = fakeApi({ sweep: async () => ({ ...empty, found: [], ledgers: [], unreadable: [], busy: true }) });
  t.regex((await runCli(['sweep'], { api: busy })).stderr, /another sweep is under way/);
});

test('sweep --files removes files too', async (t) => {
  const found = { removed: [{ path: '/tmp/a.mcp.sock', kind: 'socket', reason: 'nobody listens there' }], kept: [{ path: '/tmp/b.mcp.sock', kind: 'socket', reason: 'it is no socket' }] };
  const api = fakeApi({ sweep: async () => ({ ...empty, found: [], ledgers: [], unreadable: [], busy: false }), sweepFiles: async () => found });
  const { stdout, stderr } = await runCli(['sweep', '--files', '/tmp'], { api });
  t.is(stdout, 'removed  /tmp/a.mcp.sock: nobody listens there\n');
  t.regex(stderr, /kept {2}\/tmp\/b\.mcp\.sock: it is no socket/);
  t.deepEqual(api.calls.find(([name]) => name === 'sweepFiles')[1], { dryRun: false, folders: ['/tmp'], pidsFiles: [] });
});

test('top needs a terminal', async (t) => {
  const { status, stderr } = await runCli(['top'], { api: listing() });
  t.is(status, EXIT.USAGE);
  t.regex(stderr, /top needs a terminal; use procman ps --sort cpu/);
  t.regex((await runCli(['top', '--interval', '10ms'])).stderr, /--interval must be 250ms or more/);
});
