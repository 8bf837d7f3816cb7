'use strict';
// Who shares an instance with whom, and who waits.
const test = require('ava').default;

const { shutdown } = require('..');
const { gone, isAlive } = require('./helpers/kernel.js');
const { next, poolOf, textOf, until } = require('./helpers/pools.js');

test.after.always(() => shutdown({ graceMs: 0 }));

const idsOf = (servers) => new Set(servers.map((server) => server.id));

test('twenty holders of a shared pool sit on one process', async (t) => {
  const pool = poolOf(t, { maxLeasesPerInstance: 20 });
  const servers = await Promise.all(Array.from({ length: 20 }, () => pool.getServer()));
  t.is(idsOf(servers).size, 1);
  const pids = await Promise.all(servers.map(async (server) => textOf(await server.callTool('pid'))));
  t.deepEqual(new Set(pids), new Set([String(servers[0].pid)]));
  t.like(pool.getStats(), { totalInstances: 1, healthyInstances: 1, leases: 20, busyInstances: 1, idleInstances: 0, started: 1 });
  for (const server of servers) server.release();
  t.like(pool.getStats(), { totalInstances: 1, leases: 0, busyInstances: 0, idleInstances: 1 });
});

test('a shared pool grows only when its instances are full, and fills the least loaded one', async (t) => {
  const pool = poolOf(t, { maxInstances: 2, maxLeasesPerInstance: 2 });
  const first = await pool.getServer();
  const second = await pool.getServer();
  t.is(second.id, first.id);
  const third = await pool.getServer();
  t.not(third.id, first.id);
  const fourth = await pool.getServer();
  t.is(fourth.id, third.id);
  first.release();
  second.release();
  third.release();
  t.is((await pool.getServer()).id, first.id);
  t.is(pool.getStats().started, 2);
});

test('calls of several holders interleave on one process', async (t) => {
  const pool = poolOf(t, { maxInstances: 1 });
  const [slow, fast] = await Promise.all([pool.getServer(), pool.getServer()]);
  const held = slow.callTool('hold');
  await until(fast, 'held', 1);
  t.is(textOf(await fast.callTool('echo', { text: 'meanwhile' })), 'meanwhile');
  t.is(pool.getStats().callsInFlight, 1);
  await fast.callTool('release');
  t.is(textOf(await held), 'released');
});

test('calls over the limit of an instance wait in order, and their timeouts count', async (t) => {
  const pool = poolOf(t, { maxInstances: 1, maxCallsPerInstance: 1 });
  const server = await pool.getServer();
  const held = server.callTool('progress', { steps: 1, everyMs: 300 });
  const late = t.throwsAsync(server.callTool('echo', { text: 'late' }, { timeoutMs: 20 }));
  const order = [];
  const rest = [1, 2, 3].map(async (index) => {
    await server.callTool('echo', { text: 'x' });
    order.push(index);
  });
  t.is((await late).code, 'ERR_CALL_TIMEOUT');
  t.deepEqual(order, []);
  await held;
  await Promise.all(rest);
  t.deepEqual(order, [1, 2, 3]);
});

for (const sharing of ['shared', 'session', 'exclusive']) {
  test(`a session stays on its instance where sharing is ${sharing}`, async (t) => {
    const pool = poolOf(t, { sharing, maxInstances: 3, maxLeasesPerInstance: 1 });
    const ann = await pool.getServer({ sessionId: 'ann' });
    const bob = await pool.getServer({ sessionId: 'bob' });
    t.not(ann.id, bob.id);
    t.is(ann.sessionId, 'ann');
    const { id } = ann;
    ann.release();
    bob.release();
    for (let round = 0; round < 3; round += 1) {
      const again = await pool.getServer({ sessionId: 'ann' });
      t.is(again.id, id);
      again.release();
    }
    t.is(textOf(await pool.callTool('pid', {}, { sessionId: 'bob' })), String(bob.pid));
  });
}

test('several sessions may share an instance', async (t) => {
  const pool = poolOf(t, { sharing: 'session', maxInstances: 1 });
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((sessionId) => pool.getServer({ sessionId })));
  t.is(ann.id, bob.id);
});

test('an exclusive holder has its instance alone, also while it waits for nothing', async (t) => {
  const pool = poolOf(t, { sharing: 'exclusive', maxInstances: 3 });
  const servers = await Promise.all([1, 2, 3].map(() => pool.getServer()));
  t.is(idsOf(servers).size, 3);
  const [first] = servers;
  const waiting = pool.getServer();
  t.is(pool.getStats().waiting, 1);
  const { pid } = first;
  first.release();
  t.is((await waiting).pid, pid);
});

test('who waits is served in the order of asking', async (t) => {
  const pool = poolOf(t, { sharing: 'exclusive', maxInstances: 1 });
  let server = await pool.getServer();
  const order = [];
  const waiting = [1, 2, 3, 4, 5].map(async (index) => {
    const mine = await pool.getServer();
    order.push(index);
    mine.release();
  });
  t.is(pool.getStats().waiting, 5);
  server.release();
  await Promise.all(waiting);
  t.deepEqual(order, [1, 2, 3, 4, 5]);
  server = await pool.getServer();
  t.is(pool.getStats().started, 1);
});

test('an exhausted pool waits, then says who holds what', async (t) => {
  const pool = poolOf(t, { sharing: 'exclusive', maxInstances: 1 });
  const holder = await pool.getServer({ sessionId: 'ann' });
  const exhausted = next(pool, 'pool-exhausted');
  const error = await t.throwsAsync(pool.getServer({ timeoutMs: 50 }));
  t.is(error.code, 'ERR_POOL_EXHAUSTED');
  t.true(error.retryable);
  t.is((await exhausted).waiting, 1);
  t.is(error.details.limits.maxInstances, 1);
  t.like(error.details.holders[0], { instanceId: holder.id });
  t.true(error.details.holders[0].ageMs >= 50);
  t.is(pool.getStats().waiting, 0);
});

test('0 milliseconds fail at once, as the original did', async (t) => {
  const pool = poolOf(t, { sharing: 'exclusive', maxInstances: 1, acquireTimeout: 0 });
  // A start is waited for: nobody else has what it makes.
  const server = await pool.getServer();
  t.is((await t.throwsAsync(pool.getServer())).code, 'ERR_POOL_EXHAUSTED');
  t.is((await t.throwsAsync(pool.getServer({ timeoutMs: 0 }))).code, 'ERR_POOL_EXHAUSTED');
  server.release();
  (await pool.getServer()).release();
});

test('an abort leaves the queue and hurts nobody behind', async (t) => {
  const pool = poolOf(t, { sharing: 'exclusive', maxInstances: 1 });
  const server = await pool.getServer();
  const reason = new Error('changed my mind');
  t.like(await t.throwsAsync(pool.getServer({ signal: AbortSignal.abort(reason) })), { code: 'ERR_ABORTED', name: 'AbortError', cause: reason });
  const controller = new AbortController();
  const aborted = t.throwsAsync(pool.getServer({ signal: controller.signal }));
  const behind = pool.getServer();
  t.is(pool.getStats().waiting, 2);
  controller.abort(reason);
  t.like(await aborted, { code: 'ERR_ABORTED', name: 'AbortError', cause: reason });
  t.is(pool.getStats().waiting, 1);
  server.release();
  await behind;
});

test('an instance that nobody uses is stopped after its idle time, down to the least number', async (t) => {
  const pool = poolOf(t, { idleTimeout: 50, maxInstances: 2, maxLeasesPerInstance: 1, minInstances: 1 });
  const servers = await Promise.all([pool.getServer(), pool.getServer()]);
  const retired = next(pool, 'server-retired');
  const pids = servers.map(({ pid }) => pid);
  for (const server of servers) server.release();
  const { instanceId, cause } = await retired;
  t.is(cause, 'idle');
  const index = servers.findIndex((server) => server.id === instanceId);
  await gone([pids[index]]);
  t.true(await isAlive(pids[1 - index]));
  t.is(pool.getStats().totalInstances, 1);
});

test('an instance with a live session is not idle', async (t) => {
  const pool = poolOf(t, { idleTimeout: 0, sharing: 'session' });
  (await pool.getServer({ sessionId: 'ann' })).release();
  const first = textOf(await pool.callTool('pid', {}, { sessionId: 'ann' }));
  t.is(textOf(await pool.callTool('pid', {}, { sessionId: 'ann' })), first);
  const retired = next(pool, 'server-retired');
  pool.endSession('ann');
  await retired;
  await gone([Number(first)]);
});

test('the least number is warm before anybody asks', async (t) => {
  const pool = poolOf(t, { minInstances: 2 });
  while (pool.getStats().healthyInstances < 2) await next(pool, 'server-created');
  t.like(pool.getStats(), { totalInstances: 2, started: 2, leases: 0, waiting: 0 });
});
