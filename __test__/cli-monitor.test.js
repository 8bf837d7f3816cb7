'use strict';
// health and monitor: what they ask for, their statuses by level, and what --enforce does. The last tests are real.
const { execFileSync, spawn } = require('node:child_process');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { EXIT } = require('../lib/cli/exit-codes.js');
const { fakeApi, runCli } = require('./fixtures/fake-api.js');
const { isAlive } = require('./helpers/kernel.js');
const { root } = require('./helpers/programs.js');

const cli = path.join(root, 'bin', 'procman.js');
const proc = (pid) => ({ pid, startToken: `${pid}`, bootId: 'boot', ppid: 1, name: 'node', argv: ['vitest'], state: 'running', rssBytes: 1, cpuPercent: 99, startedAt: 0 });
const exceeded = (pid, measure = 'cpu') => ({ rule: 'vitest', process: proc(pid), measure, value: 99.4, limit: 80, action: 'observe', forMs: 10_000 });
const report = (level, facts) => ({ processes: 9, managed: 0, zombies: [], orphans: [], exceeded: [], alerts: [], level, development: { count: 3, memoryMB: 512.3 }, pressure: {}, takenAt: 0, ...facts });
const stop = (facts) => ({ stopped: [], forced: [], survivors: [], refused: [], durationMs: 1, ...facts });

/** An engine whose monitor sees this. */
function monitored(seen, overrides) {
  const made = [];
  class ProcessMonitor extends EventEmitter {
    constructor(options) {
      super();
      made.push(Object.assign(this, { options, started: 0, stopped: 0 }));
    }
    check(options) {
      this.checked = options;
      return Promise.resolve(seen);
    }
    start() {
      this.started += 1;
    }
    stop() {
      this.stopped += 1;
    }
  }
  return { api: { ...fakeApi(overrides), ProcessMonitor }, made };
}

test('health ends with a status by level', async (t) => {
  for (const [level, status] of [['ok', EXIT.OK], ['warning', EXIT.WARNING], ['critical', EXIT.CRITICAL]]) {
    const { api, made } = monitored(report(level));
    const { status: ended, stdout } = await runCli(['health', '--quick'], { api });
    t.deepEqual([ended, stdout], [status, `${level}  9 processes, 3 of development with 512 MB\n`]);
    t.deepEqual([made[0].options, made[0].checked], [{ dryRun: true }, { quick: true }]);
  }
});

test('health names who exceeds what, zombies with their parents, orphans and alerts', async (t) => {
  const alerts = [{ code: 'development-processes', message: '120 development processes' }];
  const { api } = monitored(report('warning', { exceeded: [exceeded(7)], zombies: [{ ...proc(8), ppid: 5 }], orphans: [proc(9)], alerts }));
  const { stdout } = await runCli(['health'], { api });
  t.regex(stdout, /exceeds {2}7 {2}vitest: cpu 99 % of a core, the limit is 80: vitest\n/);
  t.regex(stdout, /alert {2}120 development processes\nzombie {2}8 \[node\] is dead; its parent 5 does not take it away\norphan {2}9 {2}vitest\n/);
  t.deepEqual(JSON.parse((await runCli(['health', '--json'], { api })).stdout).exceeded[0].process.pid, 7);
});

test('health --enforce stops exactly who exceeds, once each; without it nobody', async (t) => {
  const plans = [];
  const overrides = { executePlan: async (plan, options) => (plans.push([plan, options]), stop({ stopped: [proc(7)] })) };
  const seen = report('critical', { exceeded: [exceeded(7), exceeded(7, 'memory'), exceeded(8)] });
  await runCli(['health'], { api: monitored(seen, overrides).api });
  t.deepEqual(plans, []);
  const { status, stdout } = await runCli(['health', '--enforce', '--grace', '3s'], { api: monitored(seen, overrides).api });
  t.is(status, EXIT.CRITICAL);
  t.regex(stdout, /stopped {2}7 {2}vitest\n$/);
  const [plan, { graceMs }] = plans[0];
  t.is(graceMs, 3000);
  t.is(plan.bootId, 'boot');
  t.deepEqual(plan.targets.map(({ process: { pid }, reasons }) => [pid, reasons.length]), [[7, 2], [8, 1]]);
  t.true(Math.abs(Date.parse(plan.createdAt) - Date.now()) < 60_000);
  const dry = await runCli(['health', '--enforce', '--dry-run'], { api: monitored(seen, overrides).api });
  t.true(plans[1][1].dryRun);
  t.regex(dry.stdout, /would stop {2}7 {2}vitest\n$/);
  t.is((await runCli(['health', '--dry-run'], { api: monitored(seen, overrides).api })).status, EXIT.USAGE);
  const survived = monitored(seen, { executePlan: async () => stop({ survivors: [{ process: proc(7), reason: 'state D' }] }) });
  t.is((await runCli(['health', '--enforce'], { api: survived.api })).status, EXIT.SURVIVORS);
  t.is((await runCli(['health', '--enforce', '--quick'], { api: survived.api })).status, EXIT.USAGE);
});

test('monitor check is one pass, monitor start goes on until a signal', async (t) => {
  const checking = monitored(report('warning'));
  t.is((await runCli(['monitor', 'check'], { api: checking.api })).status, EXIT.WARNING);
  const { api, made } = monitored(report('ok'));
  const signals = new EventEmitter();
  const running = runCli(['monitor', 'start', '--interval', '10s', '--log', '/l/x.log', '--json'], { api, signals });
  while (made[0]?.started !== 1) await new Promise(setImmediate);
  t.deepEqual(made[0].options, { dryRun: true, interval: 10_000, logFile: '/l/x.log' });
  made[0].emit('exceeded', exceeded(7));
  signals.emit('SIGTERM', 'SIGTERM');
  const { status, stdout, listeners } = await running;
  t.deepEqual([status, made[0].stopped, listeners], [EXIT.OK, 1, 0]);
  const event = JSON.parse(stdout);
  t.deepEqual([event.event, event.data.process.pid], ['exceeded', 7]);
  t.is((await runCli(['monitor', 'stop'])).status, EXIT.USAGE);
});

test('monitor start --enforce takes the lines of its stops where it takes its own, and keeps to the configuration file', async (t) => {
  const { api, made } = monitored(report('ok'), { executePlan: async () => stop({ stopped: [proc(7)] }) });
  const signals = new EventEmitter();
  const running = runCli(['--config', '/c.json', 'monitor', 'start', '--enforce', '--log', '/l/x.log'], { api, signals });
  while (made[0]?.started !== 1) await new Promise(setImmediate);
  t.deepEqual(api.calls.filter(([name]) => name === 'configure').at(-1), ['configure', { configPath: '/c.json', auditLog: '/l/x.log' }]);
  t.is(made[0].options.dryRun, false);
  signals.emit('SIGTERM', 'SIGTERM');
  t.is((await running).status, EXIT.OK);
});

test('monitor check --enforce says which command does that', async (t) => {
  const { status, stderr } = await runCli(['monitor', 'check', '--enforce'], { api: monitored(report('ok')).api });
  t.is(status, EXIT.USAGE);
  t.regex(stderr, /--enforce goes with start; .*procman health --enforce/);
});

/** Two programs that keep a core busy: one is called as a rule means it, the other only has its name as a word. */
async function busyPrograms(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-busy-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const script = path.join(folder, 'vitest.mjs');
  fs.writeFileSync(script, "console.log('up'); const held = Buffer.alloc(64 << 20, 1); setInterval(() => held[0]++, 1000);");
  const start = async (...args) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    return child;
  };
  return { target: await start(script), bystander: await start('-e', fs.readFileSync(script, 'utf8'), 'vitest') };
}

test('two passes that enforce at once stop who is over the limit, and no other', async (t) => {
  const { target, bystander } = await busyPrograms(t);
  const gone = once(target, 'close');
  const run = () => {
    const env = { ...process.env, MAX_MEMORY_MB: '20', MAX_CPU_PERCENT: '100000', PROCMAN_STATE_DIR: fs.mkdtempSync(path.join(os.tmpdir(), 'procman-health-')) };
    t.teardown(() => fs.rmSync(env.PROCMAN_STATE_DIR, { recursive: true }));
    return { env };
  };
  // A dry look first: this machine may be in use, and a test stops only what it started.
  const seen = JSON.parse(execFileSync('sh', ['-c', '"$0" "$1" health --json --quick || true', process.execPath, cli], { ...run(), encoding: 'utf8' }));
  const named = seen.exceeded.map(({ process: { pid } }) => pid);
  t.true(named.includes(target.pid));
  t.false(named.includes(bystander.pid));
  const { executePlan } = require('..');
  const { planOfExceeded } = require('../lib/cli/enforcement.js');
  const mine = seen.exceeded.filter(({ process: { pid } }) => pid === target.pid);
  const reports = await Promise.all([executePlan(planOfExceeded(mine)), executePlan(planOfExceeded(mine))]);
  await gone;
  t.true(reports.some(({ stopped }) => stopped.some(({ pid }) => pid === target.pid)));
  t.true(reports.every(({ survivors }) => survivors.length === 0));
  t.true(await isAlive(bystander.pid));
});
