'use strict';
// What goes wrong with HTTP servers: that the next call gets through where it can, and that an error tells what is known of its cause.
const { getMaxListeners, setMaxListeners } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
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

for (const status of [400, 404]) {
  serial(`a ${status} that is the error of the very request is an answer: the session stays, and with it what the server keeps there`, async (t) => {
    let begun = 0;
    const server = await scriptedHttp(
      t,
      (request, response, { id, params }) =>
        params.arguments.bad ? answer(response, { jsonrpc: '2.0', id, error: { code: -32602, message: 'bad arguments' } }, { status }) : reply(response, id, text(request.headers['mcp-session-id'])),
      { session: () => String((begun += 1)) },
    );
    await only(server);
    t.is((await call()).output, '1\n');
    t.like(await callToolAsync('one', 't', { bad: true }, { maxRetries: 0 }), { code: 'ERR_SERVER_PROTOCOL', attempts: 1 });
    t.is((await call()).output, '1\n');
  });
}

/** The only server that there is, in a file that may be written again. */
async function inFile(t, url) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-http-faults-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const configPath = path.join(folder, 'servers.json');
  const write = (servers) => fs.writeFileSync(configPath, JSON.stringify({ mcpServers: servers }));
  write({ one: { url } });
  await procman.shutdown();
  procman.configure({ configPath });
  return write;
}

serial('a call that fails with an answer, an abort or a timeout leaves the session as it is, whatever became of the entry', async (t) => {
  let hangs;
  const server = await scriptedHttp(t, (_request, response, { id, params }) => {
    if (params.arguments.hang) return hangs?.();
    return params.arguments.bad ? answer(response, { jsonrpc: '2.0', id, error: { code: -32602, message: 'bad' } }) : reply(response, id, text('first'));
  });
  const second = await scriptedHttp(t, (_request, response, { id }) => reply(response, id, text('second')));
  const write = await inFile(t, server.url);
  t.is((await call()).output, 'first\n');
  write({ one: { url: second.url, headers: { 'x-changed': 'yes' } } });
  t.is((await callToolAsync('one', 't', { bad: true })).code, 'ERR_RPC');
  t.is((await call()).output, 'first\n');
  t.is((await callToolAsync('one', 't', { hang: true }, { timeoutMs: 50 })).code, 'ERR_CALL_TIMEOUT');
  t.is((await call()).output, 'first\n');
  const controller = new AbortController();
  hangs = () => controller.abort();
  t.is((await callToolAsync('one', 't', { hang: true }, { signal: controller.signal })).code, 'ERR_ABORTED');
  t.is((await call()).output, 'first\n');
  await procman.closeServer('one');
  t.is((await call()).output, 'second\n');
});

serial('a mended entry counts with the next call where the server of the old one could not be opened, were it only too slow', async (t) => {
  const silent = await httpServer(t, () => {});
  const sound = await scriptedHttp(t, (_request, response, { id }) => reply(response, id, text('mended')));
  const write = await inFile(t, silent.url);
  t.is((await call({ timeoutMs: 100 })).code, 'ERR_CALL_TIMEOUT');
  write({ one: { url: sound.url, headers: { 'x-changed': 'yes' } } });
  t.is((await call()).output, 'mended\n');
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

serial('the stream of a request is asked for anew as soon as its server says: the pause of the other stream is not its own', async (t) => {
  let ended;
  let took;
  let asked;
  const stream = { 'content-type': 'text/event-stream' };
  const server = await scriptedHttp(
    t,
    (_request, response, { id }) => {
      asked = id;
      response.writeHead(200, stream).end('retry: 1\nid: of-request\ndata: \n\n', () => (ended = performance.now()));
    },
    {
      onGet(request, response) {
        if (request.headers['last-event-id'] !== 'of-request') return response.writeHead(405).end();
        took = performance.now() - ended;
        return response.writeHead(200, stream).end(`id: last\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: asked, result: text('polled') })}\n\n`);
      },
    },
  );
  await only(server);
  t.is((await call()).output, 'polled\n');
  const times = [];
  for (let n = 0; n < 5; n += 1) {
    await call();
    times.push(took);
  }
  t.true(Math.min(...times) < 200, `${times} ms`);
});

test('a limit of listeners that is set meanwhile stays, and one abort removes nothing that is removed already', (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const [first, second] = [onAbort(signal, () => {}), onAbort(signal, () => {})];
  setMaxListeners(50, signal);
  const third = onAbort(signal, () => {});
  t.is(getMaxListeners(signal), 51);
  first();
  t.is(getMaxListeners(signal), 51);
  third();
  second();
  t.is(getMaxListeners(signal), 50);
  let heard = 0;
  onAbort(signal, () => (heard += 1));
  signal.removeEventListener = () => t.fail('nothing is to be removed');
  controller.abort();
  t.deepEqual([heard, getMaxListeners(signal)], [1, 50]);
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
