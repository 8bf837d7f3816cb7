'use strict';
// The life of a lease: given back once, lost with its instance, ended with its thread.
const test = require('ava').default;

const procman = require('..');
const { gone } = require('./helpers/kernel.js');
const { next, poolOf, textOf, until } = require('./helpers/pools.js');
const { runNode } = require('./helpers/run-node.js');

const { MCPServerPool } = procman;

test.after.always(() => procman.shutdown({ graceMs: 0 }));

test('a lease says on what it is', async (t) => {
  const before = Date.now();
  const pool = poolOf(t);
  const server = await pool.getServer();
  t.is(typeof server.id, 'string');
  t.is(Number(textOf(await server.callTool('pid'))), server.pid);
  t.true(server.createdAt instanceof Date && server.createdAt.getTime() >= before - 1000);
  t.true(server.lastUsedAt >= server.createdAt);
  t.is(typeof server.memoryUsageMB, 'number');
  t.true(server.isHealthy);
  t.is(server.sessionId, undefined);
  t.true((await server.listTools()).some(({ name }) => name === 'echo'));
  t.deepEqual(await server.request('ping'), {});
});

test('giving back is idempotent, by lease and by id', async (t) => {
  const pool = poolOf(t);
  const servers = [await pool.getServer(), await pool.getServer()];
  const { id } = servers[0];
  servers[0].release();
  servers[0].release();
  pool.releaseServer(servers[0]);
  t.is(pool.getStats().leases, 1);
  pool.releaseServer(id);
  t.is(pool.getStats().leases, 0);
  pool.releaseServer(id);
  servers[1].release();
  t.is(pool.getStats().leases, 0);
  const disposed = await pool.getServer();
  await disposed[Symbol.asyncDispose]();
  t.is(pool.getStats().leases, 0);
});

test('by id the oldest lease goes back first', async (t) => {
  const pool = poolOf(t, { maxInstances: 1 });
  const [older, newer] = [await pool.getServer(), await pool.getServer()];
  pool.releaseServer(older.id);
  t.is((await t.throwsAsync(older.callTool('pid'))).code, 'ERR_CLOSED');
  t.is(textOf(await newer.callTool('pid')), String(newer.pid));
});

test('a lease that nobody read before it ended tells where it was, however it ended', async (t) => {
  const pool = poolOf(t, { maxInstances: 1 });
  const [released, byName, withPool, read] = await Promise.all(Array.from({ length: 4 }, () => pool.getServer()));
  const { id, pid, createdAt } = read;
  released.release();
  pool.releaseServer(id);
  await pool.shutdown({ graceMs: 0 });
  for (const [how, lease] of Object.entries({ released, byName, withPool })) {
    t.deepEqual([lease.id, lease.pid, lease.createdAt, lease.isHealthy], [id, pid, createdAt, false], how);
  }
});

test('after it was given back a lease refuses calls, tells what it knew and hears nothing', async (t) => {
  const pool = poolOf(t, { sharing: 'session' });
  const server = await pool.getServer({ sessionId: 'ann' });
  const { id, pid } = server;
  server.on('lost', () => t.fail('it was given back'));
  const inFlight = server.callTool('echo', { text: 'on its way' });
  server.release();
  t.is(textOf(await inFlight), 'on its way');
  for (const use of [() => server.callTool('pid'), () => server.request('ping'), () => server.listTools()]) {
    t.is((await t.throwsAsync(use())).code, 'ERR_CLOSED');
  }
  t.like(server, { id, pid, sessionId: 'ann', isHealthy: false });
  const exited = next(pool, 'server-exited');
  process.kill(pid, 'SIGKILL');
  await exited;
});

test('a call on a dying instance says how it died, and a shared lease goes on with the next one', async (t) => {
  const pool = poolOf(t);
  const server = await pool.getServer();
  const { id, pid } = server;
  const lost = next(server, 'lost');
  const held = t.throwsAsync(server.callTool('hold'));
  await until(server, 'held', 1);
  process.kill(pid, 'SIGKILL');
  const error = await held;
  t.is(error.code, 'ERR_SERVER_EXITED');
  t.regex(error.message, /SIGKILL/);
  t.like(await lost, { instanceId: id, cause: 'crash' });
  t.not(textOf(await server.callTool('pid')), String(pid));
  t.not(server.id, id);
  t.like(pool.getStats(), { leases: 1, restarted: 1 });
});

test('a crash is told with its exit, and the replacement follows', async (t) => {
  const pool = poolOf(t, { minInstances: 1 });
  const server = await pool.getServer();
  const { id, pid } = server;
  const [exited, restarted] = [next(pool, 'server-exited'), next(pool, 'server-restarted')];
  process.kill(pid, 'SIGKILL');
  const exit = await exited;
  t.like(exit, { instanceId: id, exitCode: null, signal: 'SIGKILL', cause: 'crash' });
  t.true(exit.timestamp instanceof Date);
  const { oldInstanceId, instanceId } = await restarted;
  t.is(oldInstanceId, id);
  t.not(instanceId, id);
});

test('a session whose instance died is lost once, and never moved in silence', async (t) => {
  const pool = poolOf(t, { sharing: 'session' });
  const server = await pool.getServer({ sessionId: 'ann' });
  const { pid } = server;
  const lost = next(server, 'lost');
  process.kill(pid, 'SIGKILL');
  await lost;
  t.is((await t.throwsAsync(server.callTool('pid'))).code, 'ERR_SESSION_LOST');
  t.is((await t.throwsAsync(server.callTool('pid'))).code, 'ERR_SESSION_LOST');
  server.release();
  const error = await t.throwsAsync(pool.getServer({ sessionId: 'ann' }));
  t.is(error.code, 'ERR_SESSION_LOST');
  const fresh = await pool.getServer({ sessionId: 'ann' });
  t.not(fresh.pid, pid);
});

test('a session that was ended may begin anew elsewhere', async (t) => {
  const pool = poolOf(t, { sharing: 'session', maxInstances: 1 });
  const server = await pool.getServer({ sessionId: 'ann' });
  const { pid } = server;
  const lost = next(server, 'lost');
  process.kill(pid, 'SIGKILL');
  await lost;
  server.release();
  pool.endSession('ann');
  t.not((await pool.getServer({ sessionId: 'ann' })).pid, pid);
});

test('shutdown refuses who waits, ends leases and leaves nothing', async (t) => {
  const pool = poolOf(t, { sharing: 'exclusive', maxInstances: 1 });
  const over = next(pool, 'pool-shutdown');
  const server = await pool.getServer();
  const { pid } = server;
  const held = t.throwsAsync(server.callTool('hold'));
  const waiting = t.throwsAsync(pool.getServer());
  const [first, second] = [pool.shutdown(), pool.shutdown()];
  t.is((await held).code, 'ERR_CLOSED');
  t.is((await waiting).code, 'ERR_CLOSED');
  await Promise.all([first, second, over, gone([pid])]);
  t.is((await t.throwsAsync(pool.getServer())).code, 'ERR_CLOSED');
  t.is((await t.throwsAsync(pool.callTool('pid'))).code, 'ERR_CLOSED');
  t.is((await t.throwsAsync(server.callTool('pid'))).code, 'ERR_CLOSED');
  t.like(server, { pid, isHealthy: false });
  t.is(pool.getStats().totalInstances, 0);
});

test('a pool that was never used shuts down', async (t) => {
  const pool = new MCPServerPool({ command: 'no-such-command' });
  await pool[Symbol.asyncDispose]();
  t.is((await t.throwsAsync(pool.getServer())).code, 'ERR_CLOSED');
});

test('the leases of a thread end with it', async (t) => {
  const { stdout, stderr } = await runNode(
    `const { Worker } = require('node:worker_threads');
     const { once } = require('node:events');
     const procman = require('.');
     const { standIn } = require('./__test__/helpers/programs.js');
     procman.configure({ servers: { stand: { ...standIn(), procman: { sharing: 'exclusive', maxInstances: 1 } } } });
     const pool = procman.pools.getPool('stand');
     (async () => {
       const thread = new Worker(\`
         const { pools } = require('.');
         pools.getPool('stand').getServer().then(({ pid }) => require('node:worker_threads').parentPort.postMessage(pid));
         setInterval(() => {}, 1e6);\`, { eval: true });
       const [pid] = await once(thread, 'message');
       const waiting = pool.getServer();
       console.log(pool.getStats().leases, pool.getStats().waiting);
       await thread.terminate();
       console.log((await waiting).pid === pid, pool.getStats().leases);
       await procman.shutdown();
     })();`,
  );
  t.is(stdout, '1 1\ntrue 1\n', stderr);
});

test('a pool of a thread ends with it', async (t) => {
  const { stdout, stderr } = await runNode(
    `const { Worker } = require('node:worker_threads');
     const { once } = require('node:events');
     const { gone } = require('./__test__/helpers/kernel.js');
     (async () => {
       const thread = new Worker(\`
         const { MCPServerPool } = require('.');
         const { standIn } = require('./__test__/helpers/programs.js');
         new MCPServerPool(standIn()).getServer().then(({ pid }) => require('node:worker_threads').parentPort.postMessage(pid));
         setInterval(() => {}, 1e6);\`, { eval: true });
       const [pid] = await once(thread, 'message');
       await thread.terminate();
       await gone([pid]);
       console.log('gone');
     })();`,
  );
  t.is(stdout, 'gone\n', stderr);
});
