'use strict';
// callToolAsync and pool.callTool() on pools: sessions, cold starts, failures of the server.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const test = require('ava').default;

const procman = require('..');
const { next, poolOf, startLog, textOf, until } = require('./helpers/pools.js');
const { example } = require('./helpers/programs.js');

const { MCPServerPool, callToolAsync, pools } = procman;
const log = startLog();

test.before(() => {
  execFileSync('mkfifo', [log.file('gate')]);
  procman.configure({
    maxConcurrent: 8,
    maxRetries: 0,
    servers: {
      stand: { ...log.server('stand'), procman: { maxInstances: 2, maxCallsPerInstance: 1 } },
      other: log.server('other'),
      gated: log.server('gated', { HANDSHAKE_GATE: log.file('gate') }),
    },
  });
});
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  log.remove();
});

test.serial('calls with a sessionId stay on one instance, while others go where there is room', async (t) => {
  const first = await callToolAsync('stand', 'pid', {}, { sessionId: 'ann' });
  const controller = new AbortController();
  const held = callToolAsync('stand', 'hold', {}, { sessionId: 'ann', signal: controller.signal });
  const other = await callToolAsync('stand', 'pid');
  t.not(other.pid, first.pid);
  t.is(procman.getActiveProcesses().find(({ tool }) => tool === 'hold').pid, first.pid);
  controller.abort();
  t.is((await held).code, 'ERR_ABORTED');
  for (let round = 0; round < 4; round += 1) t.is((await callToolAsync('stand', 'pid', {}, { sessionId: 'ann' })).pid, first.pid);
  t.is(procman.callTool('stand', 'pid').success, true);
});

test.serial('callToolAsync and pools.getPool() of a name are one pool', async (t) => {
  const { pid } = await callToolAsync('other', 'pid');
  const pool = pools.getPool('other');
  const server = await pool.getServer();
  t.is(server.pid, pid);
  t.is(log.starts('other').length, 1);
  t.like(pools.getPoolStats().other, { totalInstances: 1, leases: 1, started: 1 });
  server.release();
  t.is(procman.listServers().find(({ name }) => name === 'other').running, 1);
});

test.serial('a cold start goes on after its caller gave up, and warms the next', async (t) => {
  const outcome = await callToolAsync('gated', 'pid', {}, 50);
  t.like(outcome, { success: false, error: 'Timeout', code: 'ERR_CALL_TIMEOUT' });
  const pool = pools.getPool('gated');
  const late = await t.throwsAsync(pool.getServer({ timeoutMs: 20 }));
  t.is(late.code, 'ERR_POOL_EXHAUSTED');
  const waiting = pool.getServer();
  fs.writeFileSync(log.file('gate'), 'go\n');
  const server = await waiting;
  t.deepEqual(log.starts('gated'), [server.pid]);
  t.is((await callToolAsync('gated', 'pid')).pid, server.pid);
  server.release();
});

test('pool.callTool() takes an instance, calls and gives it back', async (t) => {
  const pool = poolOf(t, { ...log.server('own') });
  t.is(textOf(await pool.callTool('echo', { text: 'hi' })), 'hi');
  t.like(pool.getStats(), { leases: 0, callsInFlight: 0, totalInstances: 1 });
  t.like(await pool.callTool('fail', { text: 'no' }), { isError: true });
  t.is((await t.throwsAsync(pool.callTool('no-such-tool'))).code, 'ERR_RPC');
  t.is((await t.throwsAsync(pool.callTool(''))).code, 'ERR_INVALID_ARGUMENT');
  t.is((await t.throwsAsync(pool.callTool('echo', [1]))).code, 'ERR_INVALID_ARGUMENT');
});

test('twenty calls at once start no more than one process where one is enough', async (t) => {
  const pool = poolOf(t, { ...log.server('single'), maxCallsPerInstance: 20 });
  const texts = await Promise.all(Array.from({ length: 20 }, (_, index) => pool.callTool('echo', { text: String(index) })));
  t.deepEqual(texts.map(textOf), Array.from({ length: 20 }, (_, index) => String(index)));
  t.is(log.starts('single').length, 1);
});

test('calls of a pool take no slot of mcpSemaphore, and are seen all the same', async (t) => {
  const pool = poolOf(t, { ...log.server('free') });
  const server = await pool.getServer();
  const held = server.callTool('hold');
  await until(server, 'held', 1);
  t.is(procman.getSemaphoreStatus().current, 0);
  t.is(procman.getActiveProcesses().filter(({ tool, pid }) => tool === 'hold' && pid === server.pid).length, 1);
  await server.callTool('release');
  await held;
});

test('progress, abort and timeout of one holder are its own', async (t) => {
  const pool = poolOf(t, { ...log.server('progress'), maxInstances: 1 });
  const [ann, bob] = [await pool.getServer(), await pool.getServer()];
  const heard = { ann: [], bob: [] };
  const watch = (name) => ({ onProgress: ({ progress }) => heard[name].push(progress) });
  await Promise.all([
    ann.callTool('progress', { steps: 3, everyMs: 1 }, watch('ann')),
    bob.callTool('progress', { steps: 5, everyMs: 1 }, watch('bob')),
  ]);
  t.deepEqual(heard, { ann: [1, 2, 3], bob: [1, 2, 3, 4, 5] });

  const controller = new AbortController();
  const aborted = t.throwsAsync(ann.callTool('hold', {}, { signal: controller.signal }));
  await until(bob, 'held', 1);
  controller.abort();
  t.is((await aborted).code, 'ERR_ABORTED');
  await until(bob, 'cancellations', 1);
  t.is((await t.throwsAsync(ann.callTool('hold', {}, { timeoutMs: 20 }))).code, 'ERR_CALL_TIMEOUT');
  await until(bob, 'cancellations', 2);
});

for (const [what, server, code] of [
  ['a command that does not exist', { command: 'procman-no-such-command' }, 'ERR_SPAWN'],
  ['a server that nobody configured', { server: 'nobody' }, 'ERR_SERVER_UNKNOWN'],
  ['neither command nor server, where several are configured', null, 'ERR_CONFIG'],
]) {
  test(`${what}: ${code}`, async (t) => {
    const pool = server === null ? new MCPServerPool() : poolOf(t, { ...server, maxRestarts: 0 });
    t.is((await t.throwsAsync(pool.getServer())).code, code);
    t.is((await t.throwsAsync(pool.callTool('pid'))).code, code);
  });
}

test('a server that cannot start is tried a few times, then left alone and said so', async (t) => {
  const pool = poolOf(t, { command: example('hostile_server'), args: ['crash-early'], maxRestarts: 1 });
  const quarantined = next(pool, 'server-quarantined');
  const failed = next(pool, 'server-start-failed');
  const codes = [];
  for (let tries = 0; tries < 10 && codes.at(-1) !== 'ERR_SERVER_QUARANTINED'; tries += 1) codes.push((await t.throwsAsync(pool.getServer())).code);
  t.is(codes.at(-1), 'ERR_SERVER_QUARANTINED');
  t.true((await failed).error instanceof procman.ProcmanError);
  const { until: again, error } = await quarantined;
  t.true(again instanceof Date && again.getTime() > Date.now());
  t.is(error.code, 'ERR_SERVER_QUARANTINED');
  t.true(error.retryable, 'details.until says when');
  t.regex(error.message, /shut this pool down and make a new one/);
  t.notRegex(error.message, /closeServer/, 'which knows only the pools of the process');
  t.is(pool.getStats().totalInstances, 0);
});

test('a call in flight when its pool is shut down is told so, and not that the next call starts the server again', async (t) => {
  const pool = poolOf(t, log.server('ended'));
  const server = await pool.getServer();
  const held = t.throwsAsync(server.callTool('hold'), { code: 'ERR_CLOSED', message: /^pool '.*' was shut down; make a new one$/ });
  await until(server, 'held', 1);
  await pool.shutdown();
  await held;
});

test('the totals of a pool outlive it, and tell nothing but what is written of them', async (t) => {
  const pool = poolOf(t, { ...log.server('totals'), maxInstances: 1 });
  (await pool.getServer()).release();
  (await pool.getServer()).release();
  const { started, reused } = pool.getStats();
  t.deepEqual([started, reused], [1, 1]);
  t.false('poolId' in pool.getStats() || 'name' in pool.getStats());
  await pool.shutdown();
  t.like(pool.getStats(), { started, reused, totalInstances: 0, leases: 0 });
});
