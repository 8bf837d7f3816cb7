'use strict';
// The server a user would write: an HTTP API whose handlers call MCP tools, limited and visible.
//
//   node examples/server.js            then   curl localhost:3002/api/sum?a=2\&b=40
//                                             curl localhost:3002/api/processes
const http = require('node:http');
const { callToolAsync, configure, getActiveProcesses, getSemaphoreStatus, shutdown } = require('@ops/procman');

configure({
  maxConcurrent: 3,
  servers: {
    everything: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] },
  },
});

const routes = {
  '/api/sum': async ({ searchParams }) => {
    const args = { a: Number(searchParams.get('a')), b: Number(searchParams.get('b')) };
    const outcome = await callToolAsync('everything', 'get-sum', args, { timeoutMs: 10_000 });
    return outcome.success ? { status: 200, body: { answer: outcome.output.trim() } } : { status: 502, body: outcome };
  },
  '/api/processes': async () => ({ status: 200, body: { semaphore: getSemaphoreStatus(), active: getActiveProcesses() } }),
};

const server = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://localhost');
  const { status, body } = (await routes[url.pathname]?.(url)) ?? { status: 404, body: { error: 'no such route' } };
  res.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
});

server.listen(Number(process.env.PORT ?? 3002), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

// Killed without this, the guard would stop the MCP servers all the same.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => shutdown().then(() => process.exit(0))));
}
