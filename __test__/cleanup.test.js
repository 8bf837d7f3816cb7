'use strict';
// ProcessCleanup: what it stops, what it leaves to those who hold it, and what it only tells. Real kills beyond our own units are made in a pid
// namespace (cleanup-scopes.test.js): on a shared machine they would meet other people's processes.
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { isAlive } = require('./helpers/kernel.js');
const { echoServer, standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');
const { ended, isRunning, victims } = require('./helpers/victims.js');

const { ProcessCleanup, cleanup } = procman;
const AsyncFunction = (async () => {}).constructor;
const pids = (list) => list.map((it) => it.pid ?? it.process.pid);
const ours = (options) => new ProcessCleanup({ maxAge: Infinity, ...options });

test.before(() => procman.configure({ servers: { echo: echoServer(), 'asana-v2': standIn() } }));
test.after.always(() => procman.shutdown({ graceMs: 0 }));

test('the singleton has the shape of the original', (t) => {
  t.is(cleanup, procman.processCleanup);
  t.is(require('@ops/procman/process-cleanup'), cleanup);
  t.true(cleanup instanceof ProcessCleanup);
  t.deepEqual(new ProcessCleanup().getStats(), { isRunning: false, interval: 60_000, maxAge: 300_000, stats: { scans: 0, killed: 0, errors: 0 } });
});

test.serial("the original's snippet runs as it stands there", async (t) => {
  const code = fs.readFileSync(path.join(__dirname, 'fixtures', 'seed-004', 'cleanup.txt'), 'utf8');
  const logged = [];
  const from = (name) => require(path.join(__dirname, 'fixtures', 'seed-004', name));
  await new AsyncFunction('require', 'console', code)(from, { log: (value) => logged.push(value) });
  t.like(logged[0], { isRunning: false, interval: 60_000, maxAge: 300_000, stats: { errors: 0 } });
  t.true(logged[0].stats.scans >= 1);
});

test.serial('a unit over age that nobody holds is stopped as a whole, and is told that its time was up', async (t) => {
  const { file } = victims(t);
  const it = ours();
  const unit = await procman.spawn(process.execPath, [file('parent')], { stdio: ['ignore', 'pipe', 'inherit'], graceMs: 100 });
  await once(unit.stdout, 'data');
  t.deepEqual((await it.scan()).stopped, [], 'it is not over age');
  t.true(await isAlive(unit.pid));
  const report = await it.cleanupAll();
  t.true(pids([...report.stopped, ...report.forced]).includes(unit.pid));
  t.like(await unit.exited, { cause: 'timeout', survivors: [] });
  const { stats } = it.getStats();
  t.like(stats, { scans: 2, errors: 0 });
  t.true(stats.killed >= 2, 'its child too');
});

test.serial('who is held is never stopped, and told', async (t) => {
  await procman.callToolRaw('asana-v2', 'list_workspaces');
  const units = {
    timeout: await procman.spawn('sleep', ['1000'], { timeoutMs: 1e6, stdio: 'ignore' }),
    kept: await procman.spawn('sleep', ['1000'], { env: { PROCMAN_KEEP: '1' }, stdio: 'ignore' }),
  };
  const transport = new procman.StdioTransport(standIn());
  await transport.start();
  const server = await procman.pools.getPool('asana-v2').getServer();
  const { stopped, forced, refused } = await ours().cleanupAll();
  const reasons = new Map(refused.map(({ pid, reason }) => [pid, reason]));
  t.regex(reasons.get(units.timeout.pid), /inside its timeout/);
  t.regex(reasons.get(units.kept.pid), /PROCMAN_KEEP=1/);
  t.regex(reasons.get(transport.pid), /its connection is open/);
  t.regex(reasons.get(server.pid), /serves a pool/);
  const held = [units.timeout.pid, units.kept.pid, transport.pid, server.pid];
  t.deepEqual(pids([...stopped, ...forced]).filter((pid) => held.includes(pid)), []);
  for (const pid of held) t.true(await isAlive(pid));
  server.release();
  await transport.close();
  await Promise.all(Object.values(units).map((unit) => unit.stop({ force: true })));
});

test.serial('a call inside its timeout is served to its end', async (t) => {
  const call = procman.callToolAsync('asana-v2', 'list_workspaces', {});
  await ours().cleanupAll();
  t.true((await call).success);
});

test.serial('what carries our mark after guard and shim were killed in one instant is stopped, also without a ledger', async (t) => {
  const { file, folder } = victims(t);
  fs.writeFileSync(path.join(folder, 'file'), '');
  // Below a file nobody can write a ledger, so no sweep comes before the scan.
  const script = `
    const { configure, spawn, ProcessCleanup } = require('.');
    const { guardiansOf, isAlive } = require('./__test__/helpers/kernel.js');
    configure({ stateDir: ${JSON.stringify(path.join(folder, 'file', 'state'))}, auditLog: ${JSON.stringify(path.join(folder, 'audit.jsonl'))} });
    (async () => {
      const unit = await spawn(process.execPath, [${JSON.stringify(file('parent'))}], { stdio: ['ignore', 'pipe', 'inherit'] });
      const child = Number(String(await new Promise((resolve) => unit.stdout.once('data', resolve))).replace('ready', ''));
      const { shim, guard } = await guardiansOf(unit.pid);
      // Neither may act on the other's death: the guard is stopped before both are killed.
      process.kill(guard, 'SIGSTOP');
      process.kill(shim, 'SIGKILL');
      process.kill(guard, 'SIGKILL');
      await unit.exited;
      const before = await isAlive(child);
      const { stopped, forced } = await new ProcessCleanup({ maxAge: Infinity }).scan();
      console.log(JSON.stringify([before, [...stopped, ...forced].some(({ pid }) => pid === child), await isAlive(child)]));
    })();`;
  const { stdout, stderr } = await runNode(script);
  t.deepEqual(JSON.parse(stdout || 'null'), [true, true, false], stderr);
});

test('a scan takes no guard of its own host for somebody without one: nothing is refused, and nothing written', async (t) => {
  const { folder } = victims(t);
  const log = path.join(folder, 'audit.jsonl');
  const script = `
    const { configure, spawn, ProcessCleanup } = require('.');
    configure({ stateDir: ${JSON.stringify(path.join(folder, 'state'))}, auditLog: ${JSON.stringify(log)} });
    (async () => {
      const unit = await spawn('sleep', ['1000'], { stdio: 'ignore' });
      const { stopped, refused } = await new ProcessCleanup({ maxAge: Infinity }).scan();
      console.log(JSON.stringify([stopped, refused]));
      await unit.stop({ force: true });
    })();`;
  const { stdout, stderr } = await runNode(script);
  t.deepEqual(JSON.parse(stdout || 'null'), [[], []], stderr);
  t.false(fs.existsSync(log));
});

test.serial('beyond its scope it only tells, with the scope that would act', async (t) => {
  const { start, name } = victims(t);
  const victim = await start();
  const report = await new ProcessCleanup({ maxAge: 0 }).scan();
  const refusal = report.refused.find(({ pid }) => pid === victim.pid);
  t.regex(refusal.reason, /a node process, \d+ s old, outside the scope 'managed'; 'all-node' would stop it/, name);
  t.true(isRunning(victim));
  const dry = await new ProcessCleanup({ maxAge: 0, scope: 'all-node', dryRun: true }).scan();
  t.true(pids(dry.stopped).includes(victim.pid));
  t.false(pids(dry.stopped).includes(process.pid) || pids(dry.stopped).includes(process.ppid), 'the same refusals');
  t.true(isRunning(victim));
});

test('killProcess stops one tree and refuses what is protected', async (t) => {
  const { start } = victims(t);
  const victim = await start('parent');
  const it = ours();
  const report = await it.killProcess(victim.pid, 'the test says so');
  t.deepEqual(pids(report.stopped), [victim.pid]);
  t.is(await ended(victim), 'SIGTERM');
  const refused = await it.killProcess(process.ppid);
  t.regex(refused.refused[0].reason, /above this process/);
  t.deepEqual((await it.killProcess(victim.pid)).stopped, [], 'who is gone is no target');
  t.like(it.getStats(), { stats: { scans: 0, killed: 2, errors: 0 } });
  for (const pid of [undefined, 0, 1, -5, 1.5, '7', NaN]) await t.throwsAsync(it.killProcess(pid), { code: 'ERR_INVALID_ARGUMENT', message: /pid must be the number of a process/ });
});

test('times that look like seconds are refused, by option and by environment', async (t) => {
  t.throws(() => new ProcessCleanup({ interval: 300 }), { code: 'ERR_CONFIG', message: /looks like seconds.*write 300000/ });
  for (const [variable, value, message] of [
    ['CLEANUP_INTERVAL', '300', /CLEANUP_INTERVAL is "300", which looks like seconds; it counts milliseconds: write 300000/],
    ['PROCESS_MAX_AGE', '0', /PROCESS_MAX_AGE is "0", which would stop units as soon as they run/],
    ['PROCESS_MAX_AGE', '5m', /PROCESS_MAX_AGE is "5m", which must be a number/],
  ]) {
    const script = `const { cleanup } = require('.'); try { cleanup.start(); } catch ({ code, message }) { console.log(code, message); }`;
    const { stdout } = await runNode(script, { env: { [variable]: value } });
    t.regex(stdout, /^ERR_CONFIG/);
    t.regex(stdout, message);
  }
  const script = `const { cleanup } = require('.'); const { interval, maxAge } = cleanup.getStats(); console.log(interval, maxAge);`;
  t.is((await runNode(script, { env: { CLEANUP_INTERVAL: '30000', PROCESS_MAX_AGE: '180000' } })).stdout, '30000 180000\n');
});

test("the originals' environments are read as they stand there", async (t) => {
  const shell = (seed, file, script) => {
    const source = path.join(__dirname, 'fixtures', seed, file);
    return `const { execFileSync } = require('node:child_process');
      process.stdout.write(execFileSync('sh', ['-c', 'set -a; . "$0"; exec "$1" -e "$2"', ${JSON.stringify(source)}, process.execPath, ${JSON.stringify(script)}]));`;
  };
  const stats = `const { cleanup, getSemaphoreStatus } = require('.'); const { interval, maxAge } = cleanup.getStats(); console.log(interval, maxAge, getSemaphoreStatus().maxConcurrent)`;
  t.is((await runNode(shell('seed-004', 'environment.txt', stats))).stdout, '30000 180000 5\n');
  // This one counts seconds, and would scan three times a second.
  const refused = `const { cleanup } = require('.'); try { cleanup.start(); } catch ({ message }) { console.log(message); }`;
  t.regex((await runNode(shell('seed-000', 'monitor-environment.txt', refused))).stdout, /CLEANUP_INTERVAL is "300", which looks like seconds/);
});

test('bad options name the value and the rule', (t) => {
  for (const [options, message] of [
    [null, /options must be an object/],
    [{ interval: NaN }, /options\.interval/],
    [{ maxAge: -1 }, /options\.maxAge/],
    [{ scope: 'everything' }, /'managed', 'orphans', 'all-node'/],
    [{ dryRun: 1 }, /options\.dryRun/],
    [{ age: 1 }, /"age"/],
  ]) {
    t.throws(() => new ProcessCleanup(options), { code: 'ERR_INVALID_ARGUMENT', message });
  }
  t.notThrows(() => new ProcessCleanup({ interval: 0 }), '0: off');
});

test('a running cleanup tells the times that it runs by, whatever the environment says by now', async (t) => {
  const script = `
    const { cleanup } = require('.');
    const times = () => { const { interval, maxAge } = cleanup.getStats(); return [interval, maxAge]; };
    const told = [];
    cleanup.start();
    Object.assign(process.env, { CLEANUP_INTERVAL: '45000', PROCESS_MAX_AGE: 'x' });
    told.push(times());
    cleanup.stop();
    process.env.PROCESS_MAX_AGE = '90000';
    told.push(times());
    console.log(JSON.stringify(told));`;
  const { stdout, stderr } = await runNode(script, { env: { CLEANUP_INTERVAL: '2000', PROCESS_MAX_AGE: '7000' } });
  t.deepEqual(JSON.parse(stdout || 'null'), [[2000, 7000], [45_000, 90_000]], stderr);
});

test('a running cleanup scans by itself, keeps no process alive, and stops', async (t) => {
  const script = `
    const { ProcessCleanup, spawn } = require('.');
    const cleanup = new ProcessCleanup({ interval: 1000, maxAge: 0 });
    cleanup.start(); cleanup.start();
    console.log(cleanup.getStats().isRunning);
    spawn('sleep', ['1000'], { stdio: 'ignore' }).then((unit) => unit.exited).then(({ cause }) => console.log(cause, cleanup.getStats().isRunning));`;
  const { stdout, code, stderr } = await runNode(script);
  t.deepEqual([stdout, code], ['true\ntimeout true\n', 0], stderr);
});
