'use strict';
// MCP servers over HTTP in this process that do what a test writes down, for what no server of an official package does.
const { createServer } = require('node:http');
const { once } = require('node:events');

function answer(response, value, { status = 200, headers = {} } = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

const reply = (response, id, result, more) => answer(response, { jsonrpc: '2.0', id, result }, more);
const text = (said) => ({ content: [{ type: 'text', text: said }] });
const welcome = ({ params }) => ({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'scripted', version: '1' } });

async function bodyOf(request) {
  let all = '';
  for await (const chunk of request) all += chunk;
  return all === '' ? undefined : JSON.parse(all);
}

/**
 * A server that hands every request to `handle(request, response, body)`; ends with the test.
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
async function httpServer(t, handle) {
  const server = createServer(async (request, response) => handle(request, response, await bodyOf(request)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  t.teardown(stop);
  return { url: `http://127.0.0.1:${server.address().port}/mcp`, stop };
}

/** The same, sound but for what `onCall(request, response, body)` answers to calls of tools. */
function scriptedHttp(t, onCall, { session, onGet } = {}) {
  return httpServer(t, (request, response, body) => {
    if (request.method === 'GET') return onGet === undefined ? response.writeHead(405).end() : onGet(request, response);
    if (body?.id === undefined) return response.writeHead(202).end();
    if (body.method === 'initialize') return reply(response, body.id, welcome(body), { headers: session === undefined ? {} : { 'mcp-session-id': session() } });
    return onCall(request, response, body);
  });
}

/** One of the 2026-07-28 protocol. */
function modernHttp(t, onCall) {
  const found = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo: { name: 'scripted', version: '1' }, ttlMs: 0, cacheScope: 'private' };
  return httpServer(t, (request, response, body) => (body?.method === 'server/discover' ? reply(response, body.id, found) : onCall(request, response, body)));
}

/** One of the transport of 2024: `onPost(request, response, body, say)` answers a POST, or leaves it to what a sound server does. */
function olderHttp(t, onPost) {
  let stream;
  const say = (message) => stream.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  return httpServer(t, (request, response, body) => {
    if (request.method === 'GET') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      return stream.write('event: endpoint\ndata: /messages?session=1\n\n');
    }
    if (request.url === '/mcp') return response.writeHead(405).end();
    if (onPost(request, response, body, say) === true) return undefined;
    response.writeHead(202).end('Accepted');
    if (body.method === 'initialize') return say({ jsonrpc: '2.0', id: body.id, result: { ...welcome(body), protocolVersion: '2024-11-05' } });
    return body.method === 'tools/call' && say({ jsonrpc: '2.0', id: body.id, result: text('older') });
  });
}

module.exports = { answer, httpServer, modernHttp, olderHttp, reply, scriptedHttp, text };
