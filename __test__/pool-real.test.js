'use strict';
// Servers of the registry in a pool, as users start them.
const test = require('ava').default;

const { MCPServerPool, configure, pools, request, shutdown } = require('..');
const { descendants, gone } = require('./helpers/kernel.js');
const { next, poolOf, textOf } = require('./helpers/pools.js');
const { registryServer, root } = require('./helpers/programs.js');

test.before(() => configure({ servers: { everything: { ...registryServer('server-everything'), procman: { sharing: 'exclusive', maxInstances: 2 } } } }));
test.after.always(() => shutdown({ graceMs: 0 }));

test('a server behind npx -y is one unit: measured with its whole tree, and stopped as one', async (t) => {
  t.timeout(120_000);
  const pool = new MCPServerPool({ command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'], cwd: root, graceMs: 2000 });
  const server = await pool.getServer();
  t.regex(textOf(await server.callTool('echo', { message: 'hi' })), /hi/);
  const tree = [server.pid, ...(await descendants(server.pid))];
  t.true(tree.length >= 2, 'npx and node at least');
  await pool.shutdown();
  await gone(tree);
});

test('forty callers of server-everything in a pool of two', async (t) => {
  t.timeout(120_000);
  const pool = poolOf(t, { ...registryServer('server-everything'), maxInstances: 2, minInstances: 2, maxLeasesPerInstance: 20 });
  const servers = await Promise.all(Array.from({ length: 40 }, () => pool.getServer()));
  t.is(new Set(servers.map(({ id }) => id)).size, 2);
  const sums = await Promise.all(servers.map((server, index) => server.callTool('get-sum', { a: index, b: 1 })));
  t.deepEqual(sums.map(textOf), servers.map((_, index) => `The sum of ${index} and 1 is ${index + 1}.`));
  const names = await Promise.all(servers.map(async (server) => (await server.listTools()).map(({ name }) => name)));
  t.is(new Set(names.map(String)).size, 1);
  t.like(pool.getStats(), { totalInstances: 2, leases: 40, callsInFlight: 0, failed: 0 });
});

test('a task of server-everything is followed on its own instance, whoever asks', async (t) => {
  t.timeout(120_000);
  const pool = pools.getPool('everything');
  const [owner, other] = await Promise.all([pool.getServer(), pool.getServer()]);
  t.not(owner.id, other.id);
  const research = { name: 'simulate-research-query', arguments: { topic: 'processes' }, task: { ttl: 60_000 } };
  const { task } = await owner.request('tools/call', research);
  const { taskId } = task;
  t.is((await other.request('tasks/get', { taskId })).taskId, taskId);
  t.deepEqual((await request('everything', 'tasks/list', {})).tasks.map((known) => known.taskId), [taskId]);
  const result = await request('everything', 'tasks/result', { taskId });
  t.regex(textOf(result), /Research Report: processes/);
  const lost = next(owner, 'lost');
  process.kill(owner.pid, 'SIGKILL');
  const { instanceId } = await lost;
  await t.throwsAsync(other.request('tasks/get', { taskId }), { code: 'ERR_SESSION_LOST', message: new RegExp(`${taskId}.*${instanceId}`) });
  other.release();
});

test('an idle instance of server-everything stays until its task was fetched, and goes then', async (t) => {
  t.timeout(120_000);
  const pool = poolOf(t, { ...registryServer('server-everything'), sharing: 'exclusive', maxInstances: 2, idleTimeout: 100 });
  const [owner, other] = await Promise.all([pool.getServer(), pool.getServer()]);
  const { task } = await owner.request('tools/call', { name: 'simulate-research-query', arguments: { topic: 'pools' }, task: { ttl: 60_000 } });
  const [first, busy] = [next(pool, 'server-retired'), owner.id];
  owner.release();
  other.release();
  t.is((await first).instanceId, other.id, 'the control: without a task it goes');
  t.like(pool.getStats().instances[0], { id: busy, phase: 'ready', tasks: 1, leases: 0 });
  const second = next(pool, 'server-retired');
  const asker = await pool.getServer();
  t.not(asker.id, busy, 'it is nobody else\'s meanwhile');
  t.regex(textOf(await asker.request('tasks/result', { taskId: task.taskId })), /Research Report: pools/);
  t.like(await second, { instanceId: busy, cause: 'idle' });
  asker.release();
});
