'use strict';
// ProcessMonitor on real processes. Rules mean only scripts with a name of the test's own: the machine has other people's processes.
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');
const { ended, isRunning, victims } = require('./helpers/victims.js');

const { ProcessMonitor } = procman;
const pids = (list) => list.map((it) => it.pid ?? it.process.pid);
const lines = (file) => fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test.before(() => procman.configure({ servers: { 'asana-v2': standIn() }, logPrefix: '[brAInwav]' }));
test.after.always(() => procman.shutdown({ graceMs: 0 }));

/** A monitor with a log of its own that ends with the test; its events are kept, but for the zombies of everybody. */
function watch(t, folder, rules, options) {
  const logFile = path.join(folder, 'brAInwav-process-monitor.log');
  const monitor = new ProcessMonitor({ rules, interval: 250, logFile, ...options });
  const events = [];
  for (const name of ['exceeded', 'stopped', 'restarted', 'orphan']) monitor.on(name, (data) => events.push([name, data]));
  t.teardown(() => monitor.stop());
  return { monitor, events, logFile };
}

test('who uses too much for long enough is stopped; who is below the limit, and who only looks like it, is not', async (t) => {
  const { name, folder, start, lookalikes } = victims(t);
  const [large, small, ...others] = [await start('large'), await start(), ...(await lookalikes())];
  const { monitor, events, logFile } = watch(t, folder, [{ name: 'memory', match: name, maxMemoryMB: 80, sustainMs: 600, action: 'stop' }]);
  monitor.start();
  const [report] = await once(monitor, 'stopped');
  t.deepEqual(pids(report.stopped), [large.pid]);
  t.is(await ended(large), 'SIGTERM');
  t.true([small, ...others].every(isRunning));
  const [[first, exceeded]] = events;
  t.is(first, 'exceeded');
  t.like(exceeded, { rule: 'memory', measure: 'memory', limit: 80, action: 'stop' });
  t.true(exceeded.value > 80 && exceeded.forMs >= 600 && exceeded.process.pid === large.pid);
  t.deepEqual(lines(logFile).map(({ action, pid }) => [action, pid]), [['exceeded', large.pid], ['stopped', large.pid]]);
  t.regex(lines(logFile)[1].message, /^\[brAInwav\] stopped node \(pid \d+\): uses \d+ MB of memory, over 80 MB$/);
  t.is(fs.statSync(logFile).mode & 0o777, 0o600);
});

test('processor time counts as a rate, and whoever only observes stops nobody', async (t) => {
  const { name, folder, start } = victims(t);
  const [busy, idle] = [await start('busy'), await start()];
  const { monitor, events } = watch(t, folder, [{ name: 'cpu', match: name, maxCpuPercent: 15, sustainMs: 600 }]);
  monitor.start();
  const [exceeded] = await once(monitor, 'exceeded');
  t.like(exceeded, { measure: 'cpu', action: 'observe', process: { pid: busy.pid } });
  for (let samples = 0; samples < 3; samples += 1) await once(monitor, 'sample');
  t.deepEqual(events.map(([event]) => event), ['exceeded'], 'told once');
  t.true(isRunning(busy) && isRunning(idle));
});

test('check() looks for as long as its rules must hold, acts, and says what it saw', async (t) => {
  const { name, folder, start } = victims(t);
  const large = await start('large');
  const { monitor, events } = watch(t, folder, [{ name: 'memory', match: name, maxMemoryMB: 80, sustainMs: 700, action: 'stop' }]);
  const began = performance.now();
  const report = await monitor.check();
  t.true(performance.now() - began >= 700);
  t.is(report.level, 'critical');
  t.deepEqual(pids(report.exceeded), [large.pid]);
  t.is(await ended(large), 'SIGTERM');
  t.deepEqual(events.map(([event]) => event), ['exceeded', 'stopped']);
});

test('check({ quick }) takes one sample, tells what it sees, and does nothing', async (t) => {
  const { name, folder, start } = victims(t);
  const large = await start('large');
  const { monitor, events, logFile } = watch(t, folder, [{ name: 'memory', match: name, maxMemoryMB: 80, action: 'stop' }]);
  const report = await monitor.check({ quick: true });
  t.like(report, { level: 'critical', exceeded: [{ process: { pid: large.pid }, action: 'stop' }] });
  t.deepEqual(events, []);
  t.true(isRunning(large));
  t.false(fs.existsSync(logFile));
});

test('a peak is no excess', async (t) => {
  const { name, folder, run, file } = victims(t);
  const script = file('idle');
  fs.writeFileSync(script, `let kept = Buffer.alloc(64 * 2 ** 20, 1); process.stdout.write('ready');
    process.stdin.once('data', () => { kept = null; global.gc(); process.stdout.write('let go'); });`);
  const peak = await run(process.execPath, ['--expose-gc', script]);
  const { monitor, events } = watch(t, folder, [{ name: 'memory', match: name, maxMemoryMB: 80, sustainMs: 30_000, action: 'stop' }]);
  monitor.start();
  await once(monitor, 'sample');
  peak.stdin.write('x');
  await once(peak.stdout, 'data');
  for (let samples = 0; samples < 4; samples += 1) await once(monitor, 'sample');
  t.deepEqual(events, []);
  t.true(isRunning(peak));
});

test('a dry run records what it would stop and stops nobody', async (t) => {
  const { name, folder, start } = victims(t);
  const victim = await start();
  const rules = [{ name: 'old', match: name, maxAgeMs: 1, action: 'stop' }];
  const { monitor, events, logFile } = watch(t, folder, rules, { dryRun: true });
  await monitor.check();
  t.deepEqual(lines(logFile).map(({ action, pid }) => [action, pid]), [['exceeded', victim.pid], ['would-stop', victim.pid]]);
  t.deepEqual(events.map(([event]) => event), ['exceeded']);
  t.true(isRunning(victim));
});

test('a process above this one, and one that is to be kept, is refused though it exceeds', async (t) => {
  const { name, folder, start, run, file } = victims(t);
  const kept = await start('idle', { env: { PROCMAN_KEEP: '1' } });
  const { monitor } = watch(t, folder, [{ name: 'old', match: name, maxAgeMs: 1, action: 'stop' }]);
  const [[report]] = await Promise.all([once(monitor, 'stopped'), monitor.check()]);
  t.deepEqual([report.stopped, report.forced], [[], []]);
  t.regex(report.refused.find(({ pid }) => pid === kept.pid).reason, /PROCMAN_KEEP=1/);
  // A host whose own parent the rule means.
  const host = file('idle');
  fs.writeFileSync(host, `const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', process.argv[2]], { stdio: 'inherit', cwd: ${JSON.stringify(path.join(__dirname, '..'))} }); setInterval(() => {}, 1e9);`);
  const script = `const { ProcessMonitor } = require('.');
    const monitor = new ProcessMonitor({ rules: [{ name: 'old', match: ${JSON.stringify(name)}, maxAgeMs: 1, action: 'stop' }], logFile: ${JSON.stringify(path.join(folder, 'child.log'))} });
    monitor.on('stopped', ({ stopped, refused }) => console.log(JSON.stringify([stopped.length, refused])));
    monitor.check();`;
  const parent = await run(process.execPath, [host, script]);
  const [stopped, refused] = JSON.parse(parent.said);
  t.is(stopped, 0);
  t.regex(refused.find(({ pid }) => pid === parent.pid).reason, /above this process/);
  t.true(isRunning(parent) && isRunning(kept));
});

test('restart replaces an instance of a pool, and nothing else', async (t) => {
  const { folder, start, name } = victims(t);
  const pool = procman.pools.getPool('asana-v2');
  const before = await pool.getServer();
  const replaced = new Promise((resolve) => pool.on('server-restarted', (it) => it.oldInstanceId === before.id && resolve(it)));
  const foreign = await start();
  const rules = [{ name: 'old server', match: { program: 'mcp-server' }, maxAgeMs: 1, action: 'restart' }, { name: 'foreign', match: name, maxAgeMs: 1, action: 'restart' }];
  // Other tests' servers have the same name: only ours is in a unit of this process.
  const { monitor } = watch(t, folder, rules);
  const told = (name, found) => new Promise((resolve) => monitor.on(name, (it) => found(it) !== undefined && resolve(found(it))));
  const refused = told('stopped', (it) => it.refused.find(({ pid }) => pid === foreign.pid));
  // A pool replaces one instance after the other: this one may have to wait for its turn.
  const restarted = told('restarted', (it) => (it.process.pid === before.pid ? it : undefined));
  monitor.start();
  t.like(await restarted, { server: 'asana-v2', rule: 'old server' });
  t.regex((await refused).reason, /only instances of pools can be started again/);
  t.true(isRunning(foreign));
  before.release();
  t.is((await replaced).oldInstanceId, before.id, 'the successor came first');
});

test('a zombie and an orphan are told once', async (t) => {
  const { name, folder, run, file } = victims(t);
  const [parent, shell] = [
    // A shell reaps whoever is dead before its exec: this child ends after it.
    await run('sh', ['-c', '(until [ "$(cat /proc/$$/comm)" = sleep ]; do :; done) & echo $!; exec sleep 1000']),
    await run('sh', ['-c', `"$0" "$1" & wait $!`, process.execPath, file('idle')]),
  ];
  const { monitor, events } = watch(t, folder, [{ name: 'mine', match: name }]);
  const zombie = new Promise((resolve) => monitor.on('zombie', (it) => it.ppid === parent.pid && resolve(it)));
  monitor.on('zombie', (it) => it.ppid === parent.pid && events.push(['zombie', it]));
  monitor.start();
  await once(monitor, 'sample');
  // A sample may see it before this test hears of the end of its parent.
  const told = once(monitor, 'orphan');
  shell.kill('SIGKILL');
  await ended(shell);
  const [orphan] = await told;
  t.teardown(() => process.kill(orphan.pid, 'SIGKILL'));
  t.true(orphan.orphan && orphan.argv.includes(file('idle')));
  const [report] = await once(monitor, 'sample');
  t.deepEqual(pids(report.orphans), [orphan.pid]);
  t.is(report.level, 'warning');
  t.deepEqual(report.alerts.map(({ code }) => code), ['orphans']);
  t.is((await zombie).pid, Number(parent.said));
  await once(monitor, 'sample');
  t.is(events.filter(([event]) => event === 'zombie').length, 1);
  t.is(events.filter(([event]) => event === 'orphan').length, 1);
});

test('the default rules observe', async (t) => {
  const { folder } = victims(t);
  const monitor = new ProcessMonitor({ logFile: path.join(folder, 'log') });
  const report = await monitor.check({ quick: true });
  t.true(report.processes > 1 && report.development.count >= 1 && report.development.memoryMB > 0);
  t.true(report.exceeded.every(({ action }) => action === 'observe'));
});

test('limits come from the environment, and a bad one is told when it is needed', async (t) => {
  const { name, folder, start } = victims(t);
  const victim = await start('large');
  const script = `const { ProcessMonitor } = require('.');
    new ProcessMonitor({ rules: [{ name: 'r', match: ${JSON.stringify(name)}, sustainMs: 0 }], logFile: ${JSON.stringify(path.join(folder, 'log'))} })
      .check({ quick: true }).then(({ exceeded }) => console.log(exceeded.map(({ measure, limit }) => measure + limit).join()), ({ code, message }) => console.log(code, message));`;
  t.is((await runNode(script, { env: { MAX_MEMORY_MB: '80', MAX_CPU_PERCENT: '100000' } })).stdout, 'memory80\n');
  t.is((await runNode(script, { env: { MAX_CPU_PERCENT: '100000' } })).stdout, '\n', '8192 MB is the default');
  t.regex((await runNode(script, { env: { MAX_MEMORY_MB: '8GB' } })).stdout, /^ERR_CONFIG MAX_MEMORY_MB is "8GB", which must be a number/);
  t.true(isRunning(victim));
});

test('bad options name the value and the rule', async (t) => {
  for (const [options, message] of [
    [null, /options must be an object/],
    [{ rules: {} }, /options\.rules must be an array/],
    [{ rules: [{ name: 'x' }] }, /options\.rules\[0\]\.match/],
    [{ interval: 5 }, /options\.interval must be 100 ms or more/],
    [{ logFile: '' }, /options\.logFile/],
    [{ dryRun: 'yes' }, /options\.dryRun/],
    [{ every: 1 }, /"every"/],
  ]) {
    t.throws(() => new ProcessMonitor(options), { code: 'ERR_INVALID_ARGUMENT', message });
  }
  const monitor = new ProcessMonitor({ rules: [{ name: 'x', match: { program: 'node', args: ['('] } }] });
  t.throws(() => monitor.start(), { code: 'ERR_INVALID_ARGUMENT', message: /no regular expression/ });
  await t.throwsAsync(monitor.check(), { code: 'ERR_INVALID_ARGUMENT' });
});

test('a log that cannot be written stops no work and is told once', async (t) => {
  const { name, folder, start } = victims(t);
  const victim = await start();
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const script = `const { ProcessMonitor } = require('.');
    process.on('warning', ({ message }) => console.log('warned', message));
    const rules = [{ name: 'r', match: ${JSON.stringify(name)}, maxAgeMs: 1, action: 'stop' }];
    new ProcessMonitor({ rules, logFile: ${JSON.stringify(path.join(file, 'log'))} }).on('stopped', ({ stopped }) => console.log('stopped', stopped.length)).check();`;
  const { stdout } = await runNode(script);
  t.regex(stdout, /^stopped 1$/m);
  t.is(stdout.match(/warned the audit log cannot be written to .*configure/g)?.length, 1, stdout);
  t.is(await ended(victim), 'SIGTERM');
});

test('a monitor that shutdown() ended starts again', async (t) => {
  const script = `
    const { ProcessMonitor, shutdown } = require('.');
    const { once } = require('node:events');
    const monitor = new ProcessMonitor({ rules: [], interval: 100 });
    (async () => {
      for (const round of [1, 2]) {
        monitor.start();
        const timer = setTimeout(() => {}, 20000);
        await once(monitor, 'sample');
        clearTimeout(timer);
        console.log(round);
        await shutdown();
      }
    })();`;
  const { stdout, stderr } = await runNode(script);
  t.is(stdout, '1\n2\n', stderr);
});

test('a running monitor keeps no process alive and ends with a worker', async (t) => {
  const script = `
    const { Worker } = require('node:worker_threads');
    const { ProcessMonitor } = require('.');
    const monitor = new ProcessMonitor({ rules: [], interval: 100 });
    monitor.start(); monitor.start();
    monitor.once('sample', () => console.log('sample'));
    const worker = new Worker("const m = new (require('.').ProcessMonitor)({ rules: [], interval: 100 }); m.start(); m.once('sample', () => process.exit());", { eval: true });
    worker.on('exit', () => { monitor.once('sample', () => { console.log('still'); clearTimeout(timer); }); });
    const timer = setTimeout(() => {}, 20000);`;
  const { stdout, code, stderr } = await runNode(script);
  t.deepEqual([stdout, code], ['sample\nstill\n', 0], stderr);
});
