'use strict';
// What goes wrong with HTTP servers: that the next call gets through where it can, and that an error tells what is known of its cause.
const test = require('ava').default;

const procman = require('..');
const { answer, olderHttp, reply, scriptedHttp, text } = require('./helpers/scripted-http.js');

const { callToolAsync } = procman;
const serial = test.serial;

test.after.always(() => procman.shutdown());

/** The only server that there is. */
async function only({ url }, more = {}) {
  await procman.shutdown();
  procman.configure({ servers: { one: { url, ...more } } });
}
const call = (options) => callToolAsync('one', 't', {}, { maxRetries: 0, ...options });
const refusal = (message) => ({ jsonrpc: '2.0', id: null, error: { code: -32000, message } });

serial('a server of the official SDK that was started again does not know the session: the call begins one and gets through', async (t) => {
  let current = 1;
  const session = () => `session-${current}`;
  const server = await scriptedHttp(t, (request, response, { id }) =>
    request.headers['mcp-session-id'] === session() ? reply(response, id, text(session())) : answer(response, refusal('Bad Request: Server not initialized'), { status: 400 }), { session });
  await only(server);
  t.is((await call()).output, 'session-1\n');
  current = 2;
  t.like(await call(), { success: true, output: 'session-2\n', attempts: 2 });
});

serial('a 400 in a session that may mean anything: this call is not repeated, the next one begins a session', async (t) => {
  let begun = 0;
  const server = await scriptedHttp(t, (request, response, { id }) =>
    request.headers['mcp-session-id'] === '1' ? answer(response, refusal('nobody knows'), { status: 400 }) : reply(response, id, text('fine')), { session: () => String((begun += 1)) });
  await only(server);
  t.like(await call(), { success: false, code: 'ERR_SERVER_PROTOCOL', attempts: 1 });
  t.like(await call(), { success: true, output: 'fine\n', attempts: 1 });
});

serial('over the transport of 2024 a forgotten session is begun again too, and another status is told as one', async (t) => {
  let calls = 0;
  const server = await olderHttp(t, (_request, response, { method }) => {
    if (method !== 'tools/call') return false;
    calls += 1;
    if (calls === 1) response.writeHead(404).end('Session not found');
    if (calls === 3) response.writeHead(500).end('out of order');
    return calls !== 2;
  });
  await only(server);
  t.like(await call(), { success: true, output: 'older\n', attempts: 2 });
  const refused = await t.throwsAsync(procman.callToolRaw('one', 't', {}, { maxRetries: 0 }), { code: 'ERR_SERVER_PROTOCOL', message: /answered HTTP 500: out of order/ });
  t.is(refused.details.status, 500);
});
