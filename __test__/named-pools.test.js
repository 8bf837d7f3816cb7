'use strict';
// `pools` shows the pools behind callToolAsync, whoever used a server first.
const test = require('ava').default;

const { cookie, gone } = require('./helpers/kernel.js');
const { told } = require('./helpers/named-pools.js');

test('getStats() and getPoolStats() were empty where only callToolAsync() had used the server', async (t) => {
  const found = await told(`
    open();
    const pool = pools.getPool('s');
    const before = [pool.getStats().started, Object.keys(pools.getPoolStats())];
    await callToolAsync('s', 'pid');
    await callToolAsync('other', 'pid');
    await callToolAsync('failing', 'pid', {}, { maxRetries: 0 });
    const all = pools.getPoolStats();
    tell({ before, s: pool.getStats().started, other: all.other?.totalInstances, failing: all.failing?.failed, limits: pool.getStats().limits?.maxInstances });
    await shutdown();`);
  t.deepEqual(found, { before: [0, ['s']], s: 1, other: 1, failing: 1, limits: 3 });
});

for (const [when, first, second] of [
  ['before the first call', 'listen()', ''],
  ['after the first call', '', 'listen()'],
]) {
  test(`who listened to a pool ${when} heard nothing of what callToolAsync() did`, async (t) => {
    const heard = await told(`
      open();
      const heard = [];
      const listen = () => {
        pools.getPool('failing').on('server-start-failed', ({ error, timestamp }) => heard.push([error.code, timestamp instanceof Date]));
        pools.getPool('s').on('server-created', ({ pid }) => heard.push(typeof pid));
        pools.getPool('s').on('server-retired', ({ cause }) => heard.push(cause));
      };
      const call = (server) => callToolAsync(server, 'pid', {}, { maxRetries: 0 });
      ${first};
      await call('failing');
      await call('s');
      ${second};
      await call('failing');
      await closeServer('s');
      tell(heard);
      await shutdown();`);
    const failure = ['ERR_SERVER_START', true];
    t.deepEqual(heard, when === 'before the first call' ? [failure, 'number', failure, 'closed'] : [failure, 'closed']);
  });
}

test('what comes with every lease was not told of a pool that callToolAsync() had made', async (t) => {
  const heard = await told(`
    open();
    const heard = [];
    const pool = pools.getPool('s');
    for (const event of ['server-reused', 'server-released']) pool.on(event, () => heard.push(event));
    await callToolAsync('s', 'pid');
    const released = next(pool, 'server-released');
    const worker = await thread(\`
      (await pools.getPool('s').getServer()).release();
      parentPort.postMessage('released');\`);
    await released;
    await worker.terminate();
    tell(heard);
    await shutdown();`);
  t.deepEqual(heard, ['server-reused', 'server-released']);
});

test("'connectionCreated' and 'connectionClosed' were not told of what callToolAsync() did, and once of what a pool did", async (t) => {
  const heard = await told(`
    open();
    const heard = [];
    const names = ['connectionCreated', 'connectionClosed'];
    const listener = (event) => ({ server, timestamp, instanceId }) => heard.push([event, server, timestamp instanceof Date && instanceId.startsWith(server)]);
    pools.on('connectionCreated', () => heard.push('removed'));
    pools.removeAllListeners();
    for (const event of names) pools.on(event, listener(event));
    await callToolAsync('s', 'pid');
    await pools.getConnection('other');
    await new MCPServerPool({ server: 's' }).getServer();
    await new McpServerPools().getConnection('s');
    await pools.cleanup();
    tell(heard);
    await shutdown();`);
  t.deepEqual(heard.slice(0, 2), [['connectionCreated', 's', true], ['connectionCreated', 'other', true]]);
  t.deepEqual(heard.slice(2).sort(), [['connectionClosed', 'other', true], ['connectionClosed', 's', true]]);
});

for (const [what, end] of [
  ['shutdown() of a pool', "pools.getPool('s').shutdown()"],
  ['shutdown() of a pool that was listened to', "(pools.getPool('s').on('server-created', () => {}), pools.getPool('s').shutdown())"],
  ['cleanup()', 'pools.cleanup()'],
]) {
  test(`${what} left a server running that only callToolAsync() had used`, async (t) => {
    const found = await told(`
      open();
      const { pid } = await callToolAsync('s', 'pid');
      await ${end};
      const after = [await isAlive(pid), pools.getPoolStats().s.totalInstances];
      const next = await callToolAsync('s', 'pid');
      tell({ after, again: next.success && next.pid !== pid, shown: pools.getPool('s').getStats().totalInstances, all: pools.getPoolStats().s.totalInstances });
      await shutdown();`);
    t.deepEqual(found, { after: [false, 0], again: true, shown: 1, all: 1 });
  });
}

for (const [what, end] of [
  ['shutdown() of a pool', "pools.getPool('s').shutdown()"],
  ['cleanup()', 'pools.cleanup()'],
]) {
  test(`${what} that a first call was about to make left its server running`, async (t) => {
    const found = await told(`
      open();
      const call = callToolAsync('s', 'pid');
      await ${end};
      const { success, code } = await call;
      tell({ success, code, running: pools.getPoolStats().s.totalInstances });
      await shutdown();`);
    t.deepEqual(found, { success: false, code: 'ERR_CLOSED', running: 0 });
  });
}

test('endSession() did nothing for a session of callToolAsync()', async (t) => {
  const sessions = await told(`
    open();
    await callToolAsync('s', 'pid', {}, { sessionId: 'x' });
    const pool = pools.getPool('s');
    pool.endSession('x');
    tell(pool.getStats().sessions);
    await shutdown();`);
  t.is(sessions, 0);
});

test('overrides were of no effect, or lost, where a call had come first', async (t) => {
  const limits = await told(`
    open();
    await callToolAsync('s', 'pid');
    pools.getPoolStats();
    const pool = pools.getPool('s', { maxConnections: 7 });
    const limits = [pool.getStats().limits?.maxInstances];
    await pool.getServer();
    limits.push(pool.getStats().limits.maxInstances);
    tell(limits);
    await shutdown();`);
  t.deepEqual(limits, [3, 7]);
});

test('looking, listening and ending opened nothing: configure() still counts', async (t) => {
  const found = await told(
    `const pool = pools.getPool('s', { maxConnections: 2 });
     pool.on('server-created', () => {});
     pools.on('connectionCreated', () => {});
     const stats = [pool.getStats().totalInstances, Object.keys(pools.getPoolStats())];
     pool.endSession('x');
     await pools.cleanup();
     await pools.getPool('s').shutdown();
     delete process.env.MCPORTER_CONFIG;
     open();
     tell({ stats, answer: (await callToolAsync('s', 'pid')).success });
     await shutdown();`,
    { env: { MCPORTER_CONFIG: '/no/such/file.json' } },
  );
  t.deepEqual(found, { stats: [0, ['s']], answer: true });
});

test('a logger is told of all pools, and nobody else of any, whoever waits', async (t) => {
  const found = await told(`
    const lines = [];
    const logger = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, (line) => lines.push(line)]));
    configure({ servers: { s: standIn(), other: standIn() }, logger });
    const created = next(pools.getPool('s'), 'server-created');
    await callToolAsync('s', 'pid');
    await created;
    await callToolAsync('other', 'pid');
    await shutdown();
    const logged = lines.filter((line) => line.includes('serves')).length;
    open();
    const again = next(pools.getPool('s'), 'server-created');
    await callToolAsync('s', 'pid');
    await again;
    tell({ logged, afterwards: lines.filter((line) => line.includes('serves')).length });
    await shutdown();`);
  t.deepEqual(found, { logged: 2, afterwards: 2 });
});

for (const [what, main] of [
  ['listeners', ''],
  ['listeners and a call', "await callToolAsync('s', 'pid');"],
  ['listeners and a call before shutdown()', "await callToolAsync('s', 'pid'); await shutdown();"],
]) {
  test(`${what} keep no program alive`, async (t) => {
    const { env, survivors } = cookie();
    const done = await told(
      `open();
       pools.getPool('s').on('server-created', () => {});
       pools.getPool('other').on('server-exited', () => {});
       pools.on('connectionClosed', () => {});
       pools.on('poolHealthCheck', () => {});
       ${main}
       tell('done');`,
      { env },
    );
    t.is(done, 'done');
    await gone(await survivors());
  });
}
