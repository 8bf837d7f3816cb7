'use strict';

const test = require('ava');
const { runNode } = require('./helpers/run-node.js');

test('requiring survives a bad MCP_MAX_CONCURRENT; the first use names it', async (t) => {
  for (const bad of ['0', '-2', 'many', '1.5']) {
    const { stdout, code, stderr } = await runNode(
      `const { mcpSemaphore } = require('.');
       try { mcpSemaphore.getStatus() } catch (e) { console.log(e.code, e.message) }`,
      { env: { MCP_MAX_CONCURRENT: bad } },
    );
    t.is(code, 0, stderr);
    t.regex(stdout, new RegExp(`^ERR_CONFIG MCP_MAX_CONCURRENT must be .*"${bad}"`));
  }
});

test('MCP_MAX_CONCURRENT is honoured, and the default is 3', async (t) => {
  const script = `console.log(require('.').getSemaphoreStatus().maxConcurrent)`;
  t.is((await runNode(script, { env: { MCP_MAX_CONCURRENT: '7' } })).stdout, '7\n');
  t.is((await runNode(script, { env: { MCP_MAX_CONCURRENT: '' } })).stdout, '3\n');
});

test('slots of calls and public acquires stand in one queue', async (t) => {
  const script = `
    const { mcpSemaphore, waitForSlot, releaseSlot } = require('./lib/api/mcp-semaphore.js');
    const order = [];
    mcpSemaphore.resize(1);
    mcpSemaphore.acquire().then((permit) => {
      const slot = (name) => waitForSlot(undefined, () => { order.push(name); releaseSlot() }, console.error);
      slot('call 1');
      const p = mcpSemaphore.acquire().then((granted) => { order.push('public'); granted.release() });
      slot('call 2');
      permit.release();
      if (order.length) throw new Error('granted synchronously');
      setImmediate(() => console.log(order.join(), mcpSemaphore.getStatus().current));
    });`;
  const { stdout, stderr } = await runNode(script);
  t.is(stdout, 'call 1,public,call 2 0\n', stderr);
});

test('a long chain of slots that fail at once does not exhaust the stack', async (t) => {
  const script = `
    const { mcpSemaphore, waitForSlot, releaseSlot } = require('./lib/api/mcp-semaphore.js');
    let done = 0;
    const held = [1, 2, 3].map(() => mcpSemaphore.tryAcquire());
    for (let i = 0; i < 100_000; i += 1) waitForSlot(undefined, () => { done += 1; releaseSlot() }, console.error);
    setImmediate(() => held.forEach((permit) => permit.release()));
    process.on('exit', () => console.log(done));`;
  t.is((await runNode(script)).stdout, '100000\n');
});

test('configure resizes at once and wins over the environment', async (t) => {
  const script = `
    const { configure, getSemaphoreStatus } = require('.');
    configure({ maxConcurrent: 9 });
    console.log(getSemaphoreStatus().maxConcurrent);
    configure({});
    console.log(getSemaphoreStatus().maxConcurrent);`;
  t.is((await runNode(script, { env: { MCP_MAX_CONCURRENT: '5' } })).stdout, '9\n5\n');
});
