'use strict';
// An instance that outgrows its limit is replaced, and nobody who calls it notices.
const test = require('ava').default;

const { shutdown } = require('..');
const { gone } = require('./helpers/kernel.js');
const { next, poolOf, textOf } = require('./helpers/pools.js');

const LIMIT_MB = 150;

test.after.always(() => shutdown({ graceMs: 0 }));

test('successor first, then the calls move, then the old one ends: none of them fails', async (t) => {
  t.timeout(60_000);
  const pool = poolOf(t, { memoryLimitMB: LIMIT_MB, maxInstances: 1, graceMs: 1000 });
  const server = await pool.getServer();
  const { id, pid } = server;
  const [limit, retiring, restarted, retired] = [next(pool, 'memory-limit'), next(server, 'retiring'), next(pool, 'server-restarted'), next(pool, 'server-retired')];
  let calling = true;
  const pids = new Set();
  const caller = async () => {
    while (calling) pids.add(textOf(await server.callTool('pid')));
  };
  const callers = [caller(), caller(), caller()];
  await server.callTool('grow', { megabytes: LIMIT_MB });
  const { memoryMB, limitMB, instanceId } = await limit;
  t.is(instanceId, id);
  t.is(limitMB, LIMIT_MB);
  t.true(memoryMB > LIMIT_MB);
  t.like(await retiring, { instanceId: id });
  t.like(await restarted, { oldInstanceId: id });
  t.is((await retired).instanceId, id);
  await gone([pid]);
  // The new one serves by now.
  await server.callTool('pid');
  calling = false;
  await Promise.all(callers);
  t.is(pids.size, 2);
  t.not(server.id, id);
  t.true(server.memoryUsageMB < LIMIT_MB);
  t.is(pool.getStats().failed, 0);
});

test('a successor is warm before calls move to it, one that somebody waits for is not kept waiting', async (t) => {
  t.timeout(60_000);
  const pool = poolOf(t, { memoryLimitMB: LIMIT_MB, maxInstances: 1, graceMs: 1000 });
  const server = await pool.getServer();
  t.is(textOf(await server.callTool('pings')), '0');
  const restarted = next(pool, 'server-restarted');
  await server.callTool('grow', { megabytes: LIMIT_MB });
  await restarted;
  t.true(Number(textOf(await server.callTool('pings'))) > 0);
});
