'use strict';
// Answers that JSON.parse takes and stricter readers do not, and others that say two things at once: what the server meant arrives.
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');

const fixture = path.join(__dirname, 'fixtures', 'odd-server.js');
const odd = (args = [], settings = {}) => ({ command: process.execPath, args: [fixture, ...args], procman: settings });
const initialize = (more) =>
  `{"jsonrpc":"2.0","id":%ID%,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"odd \\ud83d","version":"1"}${more}}}`;

test.before(() =>
  procman.configure({
    maxRetries: 0,
    servers: {
      s: odd(),
      instructed: odd([initialize(',"instructions":"Use the tools. \\ud83d"')]),
      deep: odd([initialize(`,"_meta":{"x":${'['.repeat(300)}${']'.repeat(300)}},"instructions":1e999`)]),
      broken: odd(['stderr:first\noops\n']),
      small: odd([], { maxMessageMB: 0.01 }),
      large: odd([], { maxMessageMB: 80 }),
    },
  }),
);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

const answer = (raw, server = 's') => procman.callToolRaw(server, 'x', { raw });
const fault = (error) => answer(`{"jsonrpc":"2.0","id":%ID%,"error":${error}}`).then(() => 'no error', (thrown) => thrown);
const text = (value) => `{"jsonrpc":"2.0","id":%ID%,"result":{"content":[{"type":"text","text":"${value}"}]}}`;

test('half of an emoji in the message of an error costs nothing but that half', async (t) => {
  const error = await fault('{"code":-32000,"message":"cut \\ud83d here","data":{"why":"\\ude00"}}');
  t.is(error.code, 'ERR_RPC');
  t.is(error.message, `server 's' answered with error -32000: cut \ufffd here`);
  t.deepEqual(error.details, { ...error.details, rpcCode: -32000, rpcMessage: 'cut \ufffd here', rpcData: { why: '\ufffd' } });
  const outcome = await procman.callToolAsync('s', 'x', { raw: '{"jsonrpc":"2.0","id":%ID%,"error":{"code":-1,"message":"m","data":[1]}}' });
  t.like(outcome.details, { rpcCode: -1, rpcMessage: 'm', rpcData: [1] });
  t.false('details' in JSON.parse(JSON.stringify(outcome)));
  t.regex((await fault('{"code":1,"message":"whole \\ud83d\\ude00"}')).message, /whole 😀$/);
});

test('data that are nested deeply, or hold a number without bounds, arrive as text beside code and message', async (t) => {
  const nested = `${'['.repeat(200)}${']'.repeat(200)}`;
  const deep = await fault(`{"code":-32000,"message":"deep","data":${nested}}`);
  t.like(deep.details, { rpcCode: -32000, rpcMessage: 'deep', rpcData: nested });
  const huge = await fault('{"code":-32000,"message":"huge","data":{"n":1e999}}');
  t.like(huge.details, { rpcCode: -32000, rpcMessage: 'huge', rpcData: '{"n":1e999}' });
});

test('an error that is none of JSON-RPC is quoted', async (t) => {
  for (const raw of ['"a plain string"', '7', '{}', '{"reason":"none"}', '{"code":5,"message":{"text":"x"}}']) {
    const error = await fault(raw);
    t.is(error.code, 'ERR_RPC');
    t.true(error.message.includes(raw), error.message);
  }
  t.is((await fault('"a plain string"')).details.rpcMessage, 'a plain string');
  t.regex((await fault(`"${'y'.repeat(5000)}"`)).message, /yyy…$/);
});

test('an error beside a result counts, unless it is null', async (t) => {
  const both = (result, error) => answer(`{"jsonrpc":"2.0","id":%ID%,"result":${result},"error":${error}}`);
  const error = await t.throwsAsync(both('null', '{"code":-5,"message":"boom"}'));
  t.is(error.details.rpcMessage, 'boom');
  await t.throwsAsync(both('{"content":[]}', '{"code":-5,"message":"boom"}'), { code: 'ERR_RPC' });
  t.deepEqual(await both('{"content":[]}', 'null'), { content: [] });
  t.is((await t.throwsAsync(both(`{"content":["${'x'.repeat(100)}%BYTES:200000%"]}`, '{"code":-6,"message":"long"}'))).details.rpcMessage, 'long');
});

test('an id that was written with escapes is still the id', async (t) => {
  const written = String.raw`{"jsonrpc":"2.0","id":"\u003%ID%","result":{"content":[]}}`;
  const one = new procman.MCPServerPool({ command: process.execPath, args: [fixture], maxInstances: 1 });
  const server = await one.getServer();
  // Ids begin at 0 or 1 and stay below 10 here.
  t.deepEqual(await server.callTool('x', { raw: written }, { timeoutMs: 5000 }), { content: [] });
  server.release();
  await one.shutdown({ graceMs: 0 });
});

test('what a server says of itself may hold text that is cut in a letter, and what nobody reads', async (t) => {
  t.like(await answer(text('fine'), 'instructed'), { content: [{ text: 'fine' }] });
  t.like(await answer(text('fine'), 'deep'), { content: [{ text: 'fine' }] });
});

test('the stderr of a server that ends during its handshake is the last thing in the message', async (t) => {
  const error = await t.throwsAsync(answer('', 'broken'), { code: 'ERR_SERVER_START' });
  t.is(error.message, `server 'broken' exited with code 1 during initialize; run its command by hand to see why; its stderr ends: first\noops`);
});

test('a message over maxMessageMB is refused with the name of the setting, and one below it arrives', async (t) => {
  const big = (megabytes) => text(`%BYTES:${Math.round(megabytes * 2 ** 20)}%`);
  const error = await t.throwsAsync(answer(big(0.02), 'small'), { code: 'ERR_CALL_TOO_LARGE' });
  t.regex(error.message, /more than the cap of 10485; ask it for less, or raise maxMessageMB$/);
  t.like(error.details, { cap: 10485 });
  t.like(await answer(text('small'), 'small'), { content: [{ text: 'small' }] });
  await t.throwsAsync(answer(big(70), 's'), { code: 'ERR_CALL_TOO_LARGE' });
  t.is((await answer(big(70), 'large')).content[0].text.length, 70 * 2 ** 20);
});

test('a result beside an error that says nothing is the answer: regression of servers that write "error":false', async (t) => {
  const both = (result, error) => answer(`{"jsonrpc":"2.0","id":%ID%,"result":${result},"error":${error}}`);
  for (const nothing of ['false', '{}', '""', '0', '[]', 'null', '{"code":null,"message":""}']) t.deepEqual(await both('{"content":[]}', nothing), { content: [] }, nothing);
  for (const said of ['{"code":-1}', '{"message":"m"}', '{"code":-1,"message":"m"}', '"words"']) await t.throwsAsync(both('{"content":[]}', said), { code: 'ERR_RPC' }, said);
  await t.throwsAsync(both('null', '{}'), { code: 'ERR_RPC' });
});
