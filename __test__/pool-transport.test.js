'use strict';
// Clients of the official SDK on instances of a pool: shared where they may be, told apart where they must be.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { CreateMessageRequestSchema, ElicitRequestSchema, ErrorCode, ListRootsRequestSchema, McpError } = require('@modelcontextprotocol/sdk/types.js');

const procman = require('..');
const { example, registryServer, standIn } = require('./helpers/programs.js');

const { MCPServerPool } = procman;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-pool-transport-'));

test.before(() => {
  const configPath = path.join(folder, 'mcporter.json');
  fs.writeFileSync(configPath, JSON.stringify({ mcpServers: { filtered: { ...standIn(), allowedTools: ['echo'] } } }));
  procman.configure({ configPath });
});
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

function makePool(t, options) {
  const pool = new MCPServerPool(options);
  t.teardown(() => pool.shutdown({ graceMs: 0 }));
  return pool;
}

async function connected(t, pool, options, { capabilities = {}, prepare } = {}) {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  prepare?.(client);
  const transport = pool.transport(options);
  const errors = [];
  client.onerror = (error) => errors.push(error);
  const closed = new Promise((resolve) => (client.onclose = resolve));
  t.teardown(() => client.close());
  await client.connect(transport);
  return { client, transport, errors, closed };
}

const textOf = ({ content }) => content[0].text;
const pidOf = async (client) => Number(textOf(await client.callTool({ name: 'pid' })));

test('twenty clients share one process, each with the server\'s own introduction', async (t) => {
  const pool = makePool(t, { ...registryServer('server-everything'), maxInstances: 1, maxLeasesPerInstance: 20 });
  const clients = await Promise.all(Array.from({ length: 20 }, () => connected(t, pool)));
  t.is(new Set(clients.map(({ transport }) => transport.pid)).size, 1);
  t.is(pool.getStats().totalInstances, 1);
  const sums = await Promise.all(clients.map(({ client }, a) => client.callTool({ name: 'get-sum', arguments: { a, b: 1 } })));
  t.deepEqual(sums.map(textOf), sums.map((_, a) => `The sum of ${a} and 1 is ${a + 1}.`));
  const [{ client }] = clients;
  t.is(client.getServerVersion().name, 'mcp-servers/everything');
  t.truthy(client.getServerCapabilities().tools);
  t.truthy(client.getInstructions());
  t.true((await client.listTools()).tools.length > 5);
  t.true((await client.listResources()).resources.length > 0);
});

test('progress comes to its own client, under the token that it gave', async (t) => {
  const pool = makePool(t, { ...standIn(), maxInstances: 1 });
  const [one, two] = await Promise.all([connected(t, pool), connected(t, pool)]);
  const run = async ({ client }, steps) => {
    const heard = [];
    const onprogress = ({ progress, total, message }) => heard.push([progress, total, message]);
    // The answer comes by itself, so that the Client does not drop the last report.
    t.is(textOf(await client.callTool({ name: 'progress', arguments: { steps, everyMs: 5 } }, undefined, { onprogress })), `${steps} steps`);
    return heard.slice(0, steps - 1);
  };
  const [three, two_] = await Promise.all([run(one, 3), run(two, 2)]);
  t.deepEqual(three, [[1, 3, 'step 1'], [2, 3, 'step 2']]);
  t.deepEqual(two_, [[1, 2, 'step 1']]);
});

test('a client cancels its own call and nobody else\'s', async (t) => {
  const pool = makePool(t, { ...standIn(), maxInstances: 1 });
  const [one, two] = await Promise.all([connected(t, pool), connected(t, pool)]);
  const abort = new AbortController();
  const cancelled = one.client.callTool({ name: 'hold' }, undefined, { signal: abort.signal });
  const kept = two.client.callTool({ name: 'hold' });
  t.is(textOf(await one.client.callTool({ name: 'held' })), '2');
  abort.abort('changed my mind');
  await t.throwsAsync(cancelled, { message: /changed my mind/ });
  t.is(textOf(await one.client.callTool({ name: 'cancellations' })), '1');
  t.is(textOf(await one.client.callTool({ name: 'release' })), 'done');
  t.is(textOf(await kept), 'released');
});

test('errors of the server reach the client as the server said them, isError stays a result', async (t) => {
  const { client } = await connected(t, makePool(t, standIn()));
  await t.throwsAsync(client.callTool({ name: 'no-such-tool' }), { code: -32602, message: /Unknown tool: no-such-tool/ });
  t.like(await client.callTool({ name: 'fail', arguments: { text: 'on purpose' } }), { isError: true, content: [{ text: 'on purpose' }] });
  await t.throwsAsync(client.listPrompts(), { message: /.*/ });
});

test('close() gives the lease back, and the instance serves the next client', async (t) => {
  const pool = makePool(t, { ...standIn(), maxInstances: 1, maxLeasesPerInstance: 1 });
  const first = await connected(t, pool);
  const pid = await pidOf(first.client);
  await first.client.close();
  await first.closed;
  t.is(first.transport.pid, null);
  t.is(pool.getStats().leases, 0);
  const second = await connected(t, pool);
  t.is(await pidOf(second.client), pid);
  await t.throwsAsync(first.transport.send({ jsonrpc: '2.0', id: 1, method: 'ping' }), { code: 'ERR_CLOSED' });
});

test('a session comes back to its instance; other sessions have theirs', async (t) => {
  const pool = makePool(t, { ...standIn(), sharing: 'exclusive', maxInstances: 2 });
  const one = await connected(t, pool, { sessionId: 'one' });
  const two = await connected(t, pool, { sessionId: 'two' });
  const [first, second] = [await pidOf(one.client), await pidOf(two.client)];
  t.not(first, second);
  await one.client.close();
  t.is(await pidOf((await connected(t, pool, { sessionId: 'one' })).client), first);
});

test('the loss of a session\'s instance closes its transport, and the name begins anew', async (t) => {
  const pool = makePool(t, standIn());
  const { client, transport, errors, closed } = await connected(t, pool, { sessionId: 'one' });
  const held = client.callTool({ name: 'hold' });
  t.is(textOf(await client.callTool({ name: 'held' })), '1');
  process.kill(transport.pid, 'SIGKILL');
  await t.throwsAsync(held);
  await closed;
  t.deepEqual(errors.map(({ code }) => code), ['ERR_SESSION_LOST']);
  const again = await connected(t, pool, { sessionId: 'one' });
  t.is(textOf(await again.client.callTool({ name: 'held' })), '0');
});

test('the end of the pool closes the transports of its clients, who are told why', async (t) => {
  const pool = makePool(t, standIn());
  const { client, transport, errors, closed } = await connected(t, pool);
  await pidOf(client);
  await pool.shutdown({ graceMs: 0 });
  await closed;
  t.deepEqual(errors.map(({ code }) => code), ['ERR_CLOSED']);
  t.is(transport.pid, null);
});

test('a client without session goes on with another instance', async (t) => {
  const pool = makePool(t, standIn());
  const { client, transport, errors } = await connected(t, pool);
  const { pid } = transport;
  const held = client.callTool({ name: 'hold' });
  t.is(textOf(await client.callTool({ name: 'held' })), '1');
  process.kill(pid, 'SIGKILL');
  await t.throwsAsync(held, { code: -32603, message: /exited|SIGKILL/ });
  t.not(await pidOf(client), pid);
  t.deepEqual(errors, []);
});

test('an instance that cannot be had rejects connect with the reason', async (t) => {
  const full = makePool(t, { ...standIn(), maxInstances: 1, maxLeasesPerInstance: 1, acquireTimeout: 0 });
  await connected(t, full);
  const refused = await t.throwsAsync(new Client({ name: 'late', version: '1' }).connect(full.transport()), { code: -32603 });
  t.is(refused.data.code, 'ERR_POOL_EXHAUSTED');
  const broken = makePool(t, { command: example('hostile_server'), args: ['crash-early'] });
  const crashed = await t.throwsAsync(new Client({ name: 'late', version: '1' }).connect(broken.transport()));
  t.is(crashed.data.code, 'ERR_SERVER_START');
  t.regex(crashed.message, /left-pad/);
});

test('a request before initialize is refused; a second initialize too', async (t) => {
  const transport = makePool(t, standIn()).transport();
  const answers = [];
  let heard;
  transport.onmessage = (message) => heard(answers.push(message));
  const ask = (id, method) => new Promise((resolve) => {
    heard = resolve;
    void transport.send({ jsonrpc: '2.0', id, method, params: {} });
  });
  await transport.start();
  await t.throwsAsync(transport.start(), { message: /already started/ });
  await ask(1, 'tools/list');
  await ask(2, 'initialize');
  await ask(3, 'initialize');
  t.deepEqual(answers.map(({ id, error }) => [id, error?.code]), [[1, -32600], [2, undefined], [3, -32600]]);
  t.is(answers[1].result.serverInfo.name, 'stand-in');
  await transport.close();
});

test('tools that the entry shuts out stay shut out', async (t) => {
  const { client } = await connected(t, makePool(t, { server: 'filtered' }));
  t.is(textOf(await client.callTool({ name: 'echo', arguments: { text: 'in' } })), 'in');
  await t.throwsAsync(client.callTool({ name: 'pid' }), { message: /shut out/ });
});

const ANSWERS_ALL = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } };
const ask = async (client, method, params = {}) => JSON.parse(textOf(await client.callTool({ name: 'ask', arguments: { method, params } })));

test('a client answers what its server asks: sampling, elicitation by form and by URL, roots', async (t) => {
  const seen = {};
  const { client, errors } = await connected(t, makePool(t, registryServer('server-everything')), undefined, {
    capabilities: ANSWERS_ALL,
    prepare(answering) {
      answering.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
        seen.sampling = params.maxTokens;
        return { model: 'none', role: 'assistant', content: { type: 'text', text: 'said the model' } };
      });
      answering.setRequestHandler(ElicitRequestSchema, ({ params: { mode = 'form', url } }) => {
        seen[mode] = url ?? 'asked';
        return mode === 'form' ? { action: 'accept', content: { name: 'Ann' } } : { action: 'accept' };
      });
      answering.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///srv/ann', name: 'ann' }] }));
    },
  });
  const call = async (name, args) => JSON.stringify(await client.callTool({ name, arguments: args }));
  t.regex(await call('trigger-sampling-request', { prompt: 'hi', maxTokens: 7 }), /said the model/);
  t.regex(await call('trigger-elicitation-request', {}), /Name: Ann/);
  t.regex(await call('trigger-url-elicitation', { url: 'https://example.com/go', message: 'Go' }), /accept|completed/i);
  t.regex(await call('get-roots-list', {}), /file:\/\/\/srv\/ann/);
  t.deepEqual(seen, { sampling: 7, form: 'asked', url: 'https://example.com/go' });
  await t.notThrowsAsync(client.sendRootsListChanged());
  t.deepEqual(errors, []);
});

test('clients that answer own their instances, and each gets the questions of its own', async (t) => {
  const pool = makePool(t, { ...standIn(), maxInstances: 3 });
  const answering = (uri) => connected(t, pool, undefined, { capabilities: { roots: {} }, prepare: (client) => client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri }] })) });
  const [one, two, plain] = await Promise.all([answering('file:///one'), answering('file:///two'), connected(t, pool)]);
  t.is(new Set([one, two, plain].map(({ transport }) => transport.pid)).size, 3);
  const [first, second] = await Promise.all([ask(one.client, 'roots/list'), ask(two.client, 'roots/list')]);
  t.deepEqual([first.roots[0].uri, second.roots[0].uri], ['file:///one', 'file:///two']);
  // The control: who declares nothing is asked nothing, and no client more than it declared.
  t.like(await ask(plain.client, 'roots/list'), { code: -32601 });
  t.like(await ask(one.client, 'sampling/createMessage'), { code: -32601 });
});

test('the server hears what the client declares, and no more', async (t) => {
  const pool = makePool(t, { ...standIn(), maxInstances: 3 });
  const heard = async (capabilities) => JSON.parse(textOf(await (await connected(t, pool, undefined, { capabilities })).client.callTool({ name: 'capabilities' })));
  t.deepEqual(await heard(ANSWERS_ALL), ANSWERS_ALL);
  t.deepEqual(await heard({ sampling: { tools: {} }, elicitation: {} }), { sampling: { tools: {} }, elicitation: {} });
  t.deepEqual(await heard({}), {});
});

test('what a client throws is the answer to the server, with its code and data', async (t) => {
  const refuse = () => {
    throw new McpError(ErrorCode.InvalidRequest, 'not today', { why: 'private' });
  };
  const { client } = await connected(t, makePool(t, standIn()), undefined, { capabilities: { sampling: {} }, prepare: (answering) => answering.setRequestHandler(CreateMessageRequestSchema, refuse) });
  const params = { messages: [], maxTokens: 1 };
  const { code, message, data } = await ask(client, 'sampling/createMessage', params);
  t.deepEqual([code, data], [ErrorCode.InvalidRequest, { why: 'private' }]);
  t.regex(message, /not today/);
});

test('a question that the server takes back is cancelled at the client', async (t) => {
  let heard;
  const asked = new Promise((resolve) => (heard = resolve));
  const { client } = await connected(t, makePool(t, standIn()), undefined, {
    capabilities: { roots: {} },
    prepare: (answering) =>
      answering.setRequestHandler(ListRootsRequestSchema, (_, { signal }) => {
        heard(signal);
        return new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
      }),
  });
  const call = client.callTool({ name: 'ask', arguments: { method: 'roots/list' } });
  call.catch(() => {});
  const signal = await asked;
  const withdrawn = new Promise((resolve) => signal.addEventListener('abort', resolve));
  t.is(textOf(await client.callTool({ name: 'withdraw' })), 'withdrawn');
  await withdrawn;
  t.true(signal.aborted);
});

test('a client that leaves with a question open leaves nothing behind', async (t) => {
  const pool = makePool(t, standIn());
  let heard;
  const asked = new Promise((resolve) => (heard = resolve));
  const { client, transport } = await connected(t, pool, undefined, {
    capabilities: { roots: {} },
    prepare: (answering) => answering.setRequestHandler(ListRootsRequestSchema, () => new Promise(() => heard())),
  });
  const call = client.callTool({ name: 'ask', arguments: { method: 'roots/list' } });
  await asked;
  const retired = new Promise((resolve) => pool.once('server-retired', resolve));
  await client.close();
  await t.throwsAsync(call);
  await retired;
  t.is(transport.pid, null);
  t.is(pool.getStats().totalInstances, 0);
});
