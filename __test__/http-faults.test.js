'use strict';
// What goes wrong with HTTP servers: that the next call gets through where it can, and that an error tells what is known of its cause.
const { getMaxListeners, setMaxListeners } = require('node:events');
const test = require('ava').default;

const procman = require('..');
const { onAbort } = require('../lib/api/on-abort.js');
const { answer, httpServer, modernHttp, olderHttp, reply, scriptedHttp, text } = require('./helpers/scripted-http.js');

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

serial('where no further try fits into the timeout, the call ends with the reason and not with a timeout that is certain to follow', async (t) => {
  const busy = await httpServer(t, (_request, response) => response.writeHead(503).end('maintenance'));
  await only(busy);
  t.like(await callToolAsync('one', 't', {}, { timeoutMs: 700 }), { code: 'ERR_SERVER_PROTOCOL', attempts: 1 });
  await busy.stop();
  t.like(await callToolAsync('one', 't', {}, { timeoutMs: 700 }), { code: 'ERR_SERVER_START', attempts: 1 });
});

/** Warnings of this process while `work` runs. */
async function warningsOf(work) {
  const warnings = [];
  const hear = ({ message }) => warnings.push(message);
  process.on('warning', hear);
  await work();
  // They are told in a turn of their own.
  await new Promise(setImmediate);
  process.off('warning', hear);
  return warnings;
}

serial('a call that pauses more than ten times, and one signal for many calls, warn of no leak', async (t) => {
  const on = await modernHttp(t, (_request, response, { id }) => reply(response, id, { resultType: 'input_required', requestState: 'on and on' }));
  await only(on, { procman: { protocol: '2026-07-28' } });
  t.deepEqual(await warningsOf(async () => t.is((await call()).code, 'ERR_INPUT_REQUIRED')), []);
  const server = await scriptedHttp(t, (_request, response, { id }) => reply(response, id, text('fine')));
  await only(server);
  const { signal } = new AbortController();
  const many = () => Promise.all(Array.from({ length: 20 }, () => call({ signal })));
  t.deepEqual(await warningsOf(async () => t.true((await many()).every(({ success }) => success))), []);
});

serial('a stream that ends at once and asks to be opened again in a millisecond is not opened hundreds of times a second', async (t) => {
  const opened = [];
  let enough;
  const seen = new Promise((resolve) => (enough = resolve));
  const server = await scriptedHttp(t, (_request, response, { id }) => reply(response, id, text('fine')), {
    onGet(_request, response) {
      if (opened.push(performance.now()) === 3) enough();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 1\nid: 1\ndata: \n\n');
    },
  });
  await only(server);
  t.true((await call()).success);
  await seen;
  // Timers may fire a moment early.
  t.true(opened[2] - opened[0] >= 2 * 250 - 20, `${opened[2] - opened[0]} ms`);
});

test('a signal is allowed one listener more while somebody listens, and warns as before after that', (t) => {
  const { signal } = new AbortController();
  const another = { aborted: false, addEventListener() {}, removeEventListener() {} };
  setMaxListeners(3, signal);
  const leave = onAbort(signal, () => {});
  t.is(getMaxListeners(signal), 4);
  leave();
  leave();
  t.is(getMaxListeners(signal), 3);
  setMaxListeners(0, signal);
  onAbort(signal, () => {})();
  onAbort(another, () => {})();
  t.pass('no limit, and a signal of another make');
});

test('who listens hears of the abort once, and leaves with it', (t) => {
  const controller = new AbortController();
  let heard = 0;
  onAbort(controller.signal, () => (heard += 1));
  onAbort(controller.signal, () => t.fail('it had left'))();
  const limit = getMaxListeners(controller.signal);
  controller.abort();
  t.deepEqual([heard, getMaxListeners(controller.signal)], [1, limit - 1]);
});
