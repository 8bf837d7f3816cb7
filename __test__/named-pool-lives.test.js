'use strict';
// The pools behind callToolAsync as other threads see them, and over shutdown() and configure().
const test = require('ava').default;

const { told } = require('./helpers/named-pools.js');

test('a thread saw and heard nothing of a server that another thread had used', async (t) => {
  const found = await told(`
    open();
    const worker = await thread(\`
      const heard = [];
      pools.on('connectionCreated', ({ server }) => heard.push(server));
      const created = once(pools.getPool('s'), 'server-created');
      parentPort.postMessage('listening');
      const [{ pid }] = await created;
      parentPort.postMessage({ pid, heard, started: pools.getPoolStats().s.started });
      await once(parentPort, 'message');
      await pools.cleanup();
      parentPort.postMessage('over');\`);
    const heard = next(worker, 'message');
    const { pid } = await callToolAsync('s', 'pid');
    const { pid: same, ...rest } = await heard;
    const over = next(worker, 'message');
    worker.postMessage('go');
    await over;
    await worker.terminate();
    tell({ ...rest, same: same === pid, alive: await isAlive(pid) });
    await shutdown();`);
  t.deepEqual(found, { heard: ['s'], started: 1, same: true, alive: false });
});

test('a thread that had asked for nothing but listened to a pool of another thread heard nothing', async (t) => {
  const heard = await told(`
    open();
    await callToolAsync('s', 'pid');
    const worker = await thread(\`
      const retired = once(pools.getPool('s').removeAllListeners(), 'server-retired');
      parentPort.postMessage('listening');
      const [{ cause }] = await retired;
      parentPort.postMessage(cause);\`);
    const heard = next(worker, 'message');
    await closeServer('s');
    tell(await heard);
    await worker.terminate();
    await shutdown();`);
  t.is(heard, 'closed');
});

test('a thread looked for ever at a pool that another thread had ended', async (t) => {
  const stats = await told(`
    open();
    await callToolAsync('s', 'pid');
    const worker = await thread(\`
      const seen = () => pools.getPool('s').getStats().started;
      parentPort.on('message', () => parentPort.postMessage(seen()));
      parentPort.postMessage(seen());\`);
    const stats = [];
    const ask = async () => {
      const answer = next(worker, 'message');
      worker.postMessage('go');
      stats.push(await answer);
    };
    await ask();
    await shutdown();
    await ask();
    open();
    await callToolAsync('s', 'pid');
    await ask();
    await worker.terminate();
    await shutdown();
    tell(stats);`);
  t.deepEqual(stats, [1, 0, 1]);
});

test('a thread that was shut down and opened again waited in vain', async (t) => {
  const heard = await told(`
    open();
    await callToolAsync('other', 'pid');
    const worker = await thread(\`
      const created = once(pools.getPool('s'), 'server-created');
      await shutdown();
      configure({});
      parentPort.postMessage('listening');
      const [{ pid }] = await created;
      parentPort.postMessage(pid);\`);
    const heard = next(worker, 'message');
    const { pid } = await callToolAsync('s', 'pid');
    tell(pid === (await heard));
    await worker.terminate();
    await shutdown();`);
  t.true(heard);
});

test('who waited over shutdown() and configure() heard nothing, and who had a pool that calls made was left with it', async (t) => {
  const found = await told(`
    open();
    const heard = [];
    const [adopted, waiting] = [pools.getPool('s'), pools.getPool('other')];
    waiting.on('server-created', () => heard.push('other'));
    pools.on('connectionCreated', ({ server }) => heard.push('pools: ' + server));
    await callToolAsync('s', 'pid');
    adopted.getStats();
    await shutdown();
    const between = [adopted.getStats().started, Object.keys(pools.getPoolStats()).sort()];
    const code = await adopted.getServer().catch(({ code }) => code);
    open();
    await callToolAsync('s', 'pid');
    await callToolAsync('other', 'pid');
    tell({ heard, between, code, same: [pools.getPool('s') === adopted, pools.getPool('other') === waiting], started: pools.getPool('s').getStats().started });
    await shutdown();`);
  t.deepEqual(found, {
    heard: ['pools: s', 'pools: s', 'pools: other', 'other'],
    between: [0, ['other', 's']],
    code: 'ERR_CLOSED',
    same: [false, true],
    started: 1,
  });
});

test('who began to listen while shutdown() was under way heard nothing of the time after it', async (t) => {
  const heard = await told(`
    open();
    const heard = [];
    pools.on('connectionClosed', () => heard.push('closed'));
    await callToolAsync('s', 'pid');
    const over = shutdown();
    pools.getPool('s').on('server-created', () => heard.push('created'));
    await over;
    open();
    await callToolAsync('s', 'pid');
    tell(heard);
    await shutdown();`);
  t.deepEqual(heard, ['closed', 'created']);
});

test('what a blocking call did right before shutdown() was not told', async (t) => {
  const heard = await told(`
    open();
    const heard = [];
    pools.getPool('s').on('server-created', () => heard.push('created'));
    pools.on('connectionCreated', () => heard.push('connectionCreated'));
    callTool('s', 'pid');
    await shutdown();
    tell(heard);`);
  t.deepEqual(heard.sort(), ['connectionCreated', 'created']);
});
