'use strict';
// Pools by server name: the older names of their sizes, their events, and the end of all of them.
const test = require('ava').default;

const procman = require('..');
const { cookie, gone } = require('./helpers/kernel.js');
const { next, startLog, textOf } = require('./helpers/pools.js');
const { runNode } = require('./helpers/run-node.js');

const { MCPServerPool, McpServerPools } = procman;
const log = startLog();

test.before(() => procman.configure({ servers: { a: log.server('a'), b: { ...log.server('b'), procman: { maxInstances: 4 } }, c: log.server('c') }, defaultServer: 'c' }));
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  log.remove();
});

test('connections are made, shared, given back and told', async (t) => {
  const pools = new McpServerPools();
  const created = next(pools, 'connectionCreated');
  const connection = await pools.getConnection('a');
  t.like(await created, { server: 'a' });
  t.true(pools.getPool('a') instanceof MCPServerPool);
  t.is(textOf(await connection.callTool('pid')), String(connection.pid));
  t.is(pools.getPoolStats().a.leases, 1);
  await pools.releaseConnection(connection);
  await pools.releaseConnection(connection);
  t.is(pools.getPoolStats().a.leases, 0);
  const { pid } = connection;
  const closed = next(pools, 'connectionClosed');
  await pools.cleanup();
  t.like(await closed, { server: 'a' });
  await gone([pid]);
  t.deepEqual(pools.getPoolStats(), {});
});

test('a session keeps its connection', async (t) => {
  const pools = new McpServerPools();
  pools.getPool('a', { minConnections: 0 });
  const [first, second] = [await pools.getConnection('a', 'ann'), await pools.getConnection('a', 'ann')];
  t.is(first.id, second.id);
  t.is(first.sessionId, 'ann');
  await pools.cleanup();
});

test('the sizes of the original: two warm, ten at most; an entry and an override win over them', async (t) => {
  const pools = new McpServerPools();
  const limits = (name, overrides) => {
    const pool = pools.getPool(name, overrides);
    // The first use makes the pool.
    pool.getServer().catch(() => {});
    return pool.getStats().limits;
  };
  t.like(limits('a'), { minInstances: 2, maxInstances: 10, idleTimeout: 300_000, acquireTimeout: 10_000, healthCheckInterval: 60_000 });
  t.like(limits('b'), { minInstances: 2, maxInstances: 4 });
  t.like(limits('c', { maxConnections: 3, minConnections: 1, connectionTimeout: 5 }), { minInstances: 1, maxInstances: 3, acquireTimeout: 5 });
  await pools.cleanup();
});

test('how a pool fares is told at intervals, until it ends', async (t) => {
  const pools = new McpServerPools();
  pools.getPool('a', { healthCheckInterval: 5, minConnections: 0 });
  const { server, stats, timestamp } = await next(pools, 'poolHealthCheck');
  t.is(server, 'a');
  t.is(stats.totalInstances, 0);
  t.true(timestamp instanceof Date);
  await pools.cleanup();
});

test('a pool that was told nothing runs the default server', async (t) => {
  const pool = new MCPServerPool({ graceMs: 0 });
  const { pid } = await pool.getServer();
  t.true(log.starts('c').includes(pid));
  await pool.shutdown();
});

test('after cleanup() a name gets a new pool', async (t) => {
  const pools = new McpServerPools();
  const before = pools.getPool('a', { minConnections: 0 });
  await pools.cleanup();
  t.not(pools.getPool('a', { minConnections: 0 }), before);
  t.is((await t.throwsAsync(before.getServer())).code, 'ERR_CLOSED');
});

const program = (main) => `
  const procman = require('.');
  const { standIn } = require('./__test__/helpers/programs.js');
  const open = () => procman.configure({ servers: { stand: standIn() }, maxConcurrent: 32 });
  open();
  (async () => { ${main} })();`;

test('PROCESS_POOL_SIZE limits the instances behind callToolAsync', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      await procman.callToolAsync('stand', 'pid');
      console.log(procman.pools.getPool('stand').getStats().limits?.maxInstances ?? (await procman.pools.getPool('stand').getServer(), procman.pools.getPool('stand').getStats().limits.maxInstances));
      await procman.shutdown();`),
    { env: { PROCESS_POOL_SIZE: '2' } },
  );
  t.is(stdout, '2\n', stderr);
});

test('a bad PROCESS_POOL_SIZE is told by the call that needs it', async (t) => {
  const { stdout, stderr } = await runNode(program("console.log((await procman.callToolAsync('stand', 'pid')).code)"), { env: { PROCESS_POOL_SIZE: 'five' } });
  t.is(stdout, 'ERR_CONFIG\n', stderr);
});

test('pools outlive shutdown() and configure()', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      const { pools } = procman;
      const before = await pools.getConnection('stand');
      await procman.shutdown();
      console.log(await pools.getConnection('stand').then(() => 'served', ({ code }) => code));
      open();
      const after = await pools.getConnection('stand');
      console.log(before.pid !== after.pid);
      await procman.shutdown();`),
  );
  t.is(stdout, 'ERR_CLOSED\ntrue\n', stderr);
});

const KEEP_ALIVE = {
  'a pending getServer() keeps the process alive': ["console.log(typeof (await new procman.MCPServerPool(standIn()).getServer()).pid)", 'number\n'],
  'a lease does not': ["await new procman.MCPServerPool(standIn()).getServer(); console.log('held')", 'held\n'],
  'a pool with warm instances and listeners does not': [
    "const pool = new procman.MCPServerPool({ ...standIn(), minInstances: 2 }); pool.on('server-exited', () => {}); (await pool.getServer()).on('lost', () => {}); console.log('warm')",
    'warm\n',
  ],
  'a waiter behind a lease that nobody gives back does, for as long as it waits': [
    `const pool = new procman.MCPServerPool({ ...standIn(), sharing: 'exclusive', maxInstances: 1 });
     await pool.getServer();
     console.log(await pool.getServer({ timeoutMs: 300 }).catch(({ code }) => code))`,
    'ERR_POOL_EXHAUSTED\n',
  ],
  'a call of a pool does': ["console.log((await new procman.MCPServerPool(standIn()).callTool('progress', { steps: 1, everyMs: 200 })).content[0].text)", '1 steps\n'],
  'shutdown() of a pool does': ["const pool = new procman.MCPServerPool(standIn()); await pool.getServer(); await pool.shutdown(); console.log('over')", 'over\n'],
};

// The destructors of the exiting thread asked the engine, which aborted the process in two of three runs.
test('process.exit() with an open pool ends with its own status and leaves nothing', async (t) => {
  const { env, survivors } = cookie();
  for (let round = 0; round < 8; round += 1) {
    const main = 'await new procman.MCPServerPool(standIn()).getServer(); process.exit(3)';
    t.like(await runNode(program(main), { env }), { code: 3, signal: null, stderr: '' });
  }
  await gone(await survivors());
});

for (const [name, [main, printed]] of Object.entries(KEEP_ALIVE)) {
  test(name, async (t) => {
    const { stdout, stderr, code, signal } = await runNode(program(main), { timeout: 60_000 });
    t.deepEqual({ stdout, code, signal }, { stdout: printed, code: 0, signal: null }, stderr);
  });
}
