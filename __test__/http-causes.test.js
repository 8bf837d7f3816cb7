'use strict';
// What an error of an HTTP server says: the cause that is known, whose mistake it is, and no secret.
const test = require('ava').default;

const procman = require('..');
const { shapeSentence } = require('../lib/http/shape-errors.js');
const { answer, httpServer, modernHttp, reply, scriptedHttp, text } = require('./helpers/scripted-http.js');

const serial = test.serial;

test.after.always(() => procman.shutdown());

/** The error of a call of the only server there is. */
async function errorOf(t, server, { expected, ...entry } = {}) {
  await procman.shutdown();
  procman.configure({ servers: { one: { url: server.url, ...entry } } });
  return t.throwsAsync(procman.callToolRaw('one', 't', {}, { maxRetries: 0 }), { instanceOf: procman.ProcmanError, ...expected });
}

serial('a port that fetch keeps closed is told as one', async (t) => {
  await errorOf(t, { url: 'http://127.0.0.1:6000/mcp' }, { expected: { code: 'ERR_SERVER_START', message: /cannot be reached \(bad port\)/ } });
});

const fine = (_request, response, { id }) => reply(response, id, text('fine'));

serial('a redirect that is not followed is told with its target', async (t) => {
  const moved = await httpServer(t, (_request, response) => response.writeHead(301, { location: 'https://mcp.example.com/mcp?key=secret' }).end());
  const { details } = await errorOf(t, moved, { expected: { code: 'ERR_SERVER_PROTOCOL', message: /HTTP 301, a redirect to https:\/\/mcp\.example\.com\/mcp, .* the URL of its entry/ } });
  t.deepEqual([details.status, details.location], [301, 'https://mcp.example.com/mcp']);
});

serial('a connection that broke says of what', async (t) => {
  const causes = {
    Z_DATA_ERROR: (_request, response) => response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('not gzip'),
    UND_ERR_HEADERS_OVERFLOW: (_request, response, { id }) => reply(response, id, {}, { headers: { 'x-big': 'y'.repeat(20_000) } }),
    HPE_INVALID_CONSTANT: (request) => request.socket.end('hello\r\n\r\n'),
  };
  for (const [errno, onCall] of Object.entries(causes)) {
    const { details } = await errorOf(t, await scriptedHttp(t, onCall), { expected: { code: 'ERR_SERVER_EXITED', message: new RegExp(`lost before it answered \\(${errno}\\)`) } });
    t.is(details.errno, errno);
  }
});

serial('what no request can carry is a mistake of the configuration, told without its value and before anything is sent', async (t) => {
  let asked = 0;
  const server = await scriptedHttp(t, (...all) => ((asked += 1), fine(...all)));
  const headers = { 'X-Token': 'ab\ncd', 'X-Name': '€uro', 'X Bad': 'good' };
  for (const [name, value] of Object.entries(headers)) {
    const error = await errorOf(t, server, { headers: { [name]: value }, expected: { code: 'ERR_CONFIG' } });
    t.is(error.details.header, name);
    t.true(error.message.includes(name) && !error.message.includes(value), error.message);
  }
  const error = await errorOf(t, { url: server.url.replace('//', '//bob:p4ss@') }, { expected: { code: 'ERR_CONFIG', message: /user name or password.*Authorization/ } });
  t.false(/bob|p4ss/.test(error.message));
  t.is(error.details.field, 'url');
  t.is(asked, 0);
});

serial('an answer of the wrong shape is told in a sentence', async (t) => {
  const empty = await httpServer(t, (_request, response, { id }) => reply(response, id, {}));
  const { message } = await errorOf(t, empty, { expected: { code: 'ERR_SERVER_PROTOCOL' } });
  t.regex(message, /Invalid result for initialize: protocolVersion: expected string, received undefined, capabilities: /);
  t.false(message.includes('\n'));
  const odd = await scriptedHttp(t, (_request, response, { id }) => reply(response, id, null));
  await errorOf(t, odd, { expected: { message: /broke the protocol: what it sent is no JSON-RPC message; check/ } });
});

test('a sentence is made of the list of a validator only', (t) => {
  for (const said of ['[ no list', 'sends [{"a":1}]', '[{]', '']) t.is(shapeSentence(said), said);
  const issues = ['a', 'b', 'c', 'd'].map((key) => ({ code: 'custom', path: [key, 0], message: 'wrong' }));
  t.is(shapeSentence(`Bad: ${JSON.stringify(issues, null, 2)}`), 'Bad: a.0: wrong, b.0: wrong, c.0: wrong, and 1 more');
});

serial('a server without the protocol that its entry asks for: the entry is named, or the versions that there are', async (t) => {
  const pinned = { procman: { protocol: '2026-07-28' } };
  await errorOf(t, await scriptedHttp(t, (_request, response, { id }) => answer(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } })), {
    ...pinned,
    expected: { code: 'ERR_SERVER_PROTOCOL', message: /does not speak MCP 2026-07-28.*"protocol": "auto" or "legacy" in the `procman` part/ },
  });
  const newer = await httpServer(t, (_request, response, { id }) =>
    answer(response, { jsonrpc: '2.0', id, error: { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2027-01-01'], requested: '2026-07-28' } } }, { status: 400 }));
  await errorOf(t, newer, { ...pinned, expected: { code: 'ERR_SERVER_PROTOCOL', message: /it speaks \["2027-01-01"\]/ } });
  const gone = await modernHttp(t, fine);
  await gone.stop();
  await errorOf(t, gone, { ...pinned, expected: { code: 'ERR_SERVER_START', message: /cannot be reached \(ECONNREFUSED\)/ } });
});
