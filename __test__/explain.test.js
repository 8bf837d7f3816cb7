'use strict';
// Who started a process, what it belongs to, and whether it may be stopped.
const { once } = require('node:events');
const net = require('node:net');
const test = require('ava').default;

const procman = require('..');
const { guardiansOf } = require('./helpers/kernel.js');

test.after.always(() => procman.shutdown({ graceMs: 0 }));

test('a process of a unit is told with its chain, unit, host and memory', async (t) => {
  const unit = await procman.spawn('sh', ['-c', 'sleep 600 & echo up; wait'], { stdio: ['ignore', 'pipe', 'ignore'], graceMs: 0 });
  await once(unit.stdout, 'data');
  const { shim, guard } = await guardiansOf(unit.pid);
  const [found] = await procman.explainProcess({ pid: unit.pid });
  t.is(found.process.pid, unit.pid);
  t.deepEqual(found.unit, { firstPid: unit.pid, shimPid: shim, guardPid: guard, hostPid: process.pid });
  t.deepEqual(found.chain.slice(0, 3).map(({ pid }) => pid), [shim, guard, process.pid]);
  t.is(found.descendants, 1);
  t.true(found.treeRssBytes > found.process.rssBytes);
  t.is(found.protected, null);
  await unit.stop({ force: true });
  t.deepEqual(await procman.explainProcess({ pid: unit.pid }), []);
});

test('a port leads to whoever listens on it, in both families', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = net.createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address();
    const [found] = await procman.explainProcess({ port });
    t.is(found.process.pid, process.pid);
    t.true(found.listens.includes(host === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`));
    t.regex(found.protected, /is this process itself/);
    server.close();
    await once(server, 'close');
    t.deepEqual(await procman.explainProcess({ port }), [], 'a control');
  }
});

test('bad targets are named', async (t) => {
  for (const target of [undefined, {}, { pid: 1, port: 2 }, { pid: 0 }, { pid: 1.5 }, { port: 70_000 }, { pid: '1' }, 7]) {
    await t.throwsAsync(procman.explainProcess(target), { code: 'ERR_INVALID_ARGUMENT' });
  }
});
