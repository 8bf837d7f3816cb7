'use strict';
// The SDK's whole Client over its own stdio transport and over ours, against server-everything: every direction that the protocol has.
const test = require('ava').default;
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, LoggingMessageNotificationSchema } = require('@modelcontextprotocol/sdk/types.js');

const procman = require('..');
const { registryServer, standIn } = require('./helpers/programs.js');
const { TRANSPORTS } = require('./helpers/transports.js');

test.after.always(() => procman.shutdown({ graceMs: 0 }));

const ALL = { sampling: {}, elicitation: {}, roots: { listChanged: true } };

/** A test for each transport. */
function both(title, implementation) {
  for (const [name, Transport] of Object.entries(TRANSPORTS)) test(`${title} (${name})`, implementation, Transport);
}

async function connected(t, Transport, { server = registryServer('server-everything'), capabilities = {}, prepare } = {}) {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  prepare?.(client);
  const transport = new Transport({ stderr: 'ignore', ...server });
  t.teardown(() => client.close());
  await client.connect(transport);
  return { client, transport };
}

const textOf = ({ content }) => content[0].text;

both('tools, resources and prompts', async (t, Transport) => {
  const { client } = await connected(t, Transport);
  t.is(client.getServerVersion().name, 'mcp-servers/everything');
  const { tools } = await client.listTools();
  t.true(tools.some(({ name }) => name === 'get-sum'));
  const sums = await Promise.all(Array.from({ length: 50 }, (_, a) => client.callTool({ name: 'get-sum', arguments: { a, b: 1 } })));
  t.deepEqual(sums.map(textOf), Array.from({ length: 50 }, (_, a) => `The sum of ${a} and 1 is ${a + 1}.`));
  const payload = 'first\nsecond\r\n\n{"jsonrpc":"2.0","id":99,"method":"tools/call"}\nžluťoučký 🐴 \u2028';
  t.is(textOf(await client.callTool({ name: 'echo', arguments: { message: payload } })), `Echo: ${payload}`);
  const { resources } = await client.listResources();
  t.truthy((await client.readResource({ uri: resources[0].uri })).contents[0]);
  t.true((await client.listPrompts()).prompts.length > 0);
  await t.notThrowsAsync(client.ping());
});

both('progress arrives, to its own call', async (t, Transport) => {
  const { client } = await connected(t, Transport);
  const run = async (steps) => {
    const heard = [];
    const result = await client.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 1, steps } }, undefined, { onprogress: ({ progress, total }) => heard.push([progress, total]) });
    t.regex(textOf(result), new RegExp(`Steps: ${steps}\\.`));
    return heard;
  };
  const [three, two] = await Promise.all([run(3), run(2)]);
  // The Client itself drops a progress that comes together with the answer.
  t.deepEqual(three.slice(0, 2), [[1, 3], [2, 3]]);
  t.deepEqual(two.slice(0, 1), [[1, 2]]);
});

both('a cancelled call rejects, the server hears of it, and the next call is answered', async (t, Transport) => {
  const { client } = await connected(t, Transport, { server: standIn() });
  const abort = new AbortController();
  const call = client.callTool({ name: 'hold' }, undefined, { signal: abort.signal });
  t.is(textOf(await client.callTool({ name: 'held' })), '1');
  abort.abort('changed my mind');
  await t.throwsAsync(call, { message: /changed my mind/ });
  t.is(textOf(await client.callTool({ name: 'cancellations' })), '1');
});

both('the server asks: sampling, elicitation and roots', async (t, Transport) => {
  const prepare = (client) => {
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
      model: 'none', role: 'assistant', content: { type: 'text', text: `you said: ${params.messages[0].content.text}` },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///srv', name: 'srv' }] }));
  };
  const { client } = await connected(t, Transport, { capabilities: ALL, prepare });
  t.regex(textOf(await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'hello' } })), /you said: .*hello/);
  t.regex(textOf(await client.callTool({ name: 'trigger-elicitation-request' })), /declined/);
  t.regex(textOf(await client.callTool({ name: 'get-roots-list' })), /file:\/\/\/srv/);
});

both('notifications come to their handlers', async (t, Transport) => {
  let heard;
  const logged = new Promise((resolve) => (heard = resolve));
  const prepare = (client) => {
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => heard(params.data));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }));
  };
  await connected(t, Transport, { capabilities: ALL, prepare });
  t.regex(await logged, /Roots updated: 0/);
});

both('onclose comes once, by close() and by a crash, which rejects what was in flight', async (t, Transport) => {
  const { client } = await connected(t, Transport, { server: standIn() });
  let closes = 0;
  client.onclose = () => (closes += 1);
  await client.close();
  t.is(closes, 1);

  const crashing = await connected(t, Transport, { server: standIn() });
  const call = crashing.client.callTool({ name: 'hold' });
  t.is(textOf(await crashing.client.callTool({ name: 'held' })), '1');
  process.kill(crashing.transport.pid, 'SIGKILL');
  await t.throwsAsync(call, { message: /Connection closed/ });
});

both('a server that cannot start rejects connect', async (t, Transport) => {
  const connect = (command) => new Client({ name: 'test', version: '1' }).connect(new Transport({ command }));
  await t.throwsAsync(connect('/no/such/server'), { message: /ENOENT/ });
  await t.throwsAsync(connect('true'), { message: /Connection closed|EPIPE|Not connected/ });
});
