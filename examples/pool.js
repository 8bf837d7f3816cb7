'use strict';
// Twenty sessions on one server: a pool instead of a process each.
//
//   node examples/pool.js
const { MCPServerPool } = require('@ops/procman');

const SESSIONS = 20;

async function main() {
  const pool = new MCPServerPool({
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-everything'],
    maxInstances: 3,
    maxLeasesPerInstance: SESSIONS,
    memoryLimitMB: 512,
  });
  pool.on('server-created', ({ instanceId, pid }) => console.log(`${instanceId} runs as ${pid}`));
  pool.on('server-exited', ({ instanceId, cause }) => console.log(`${instanceId} ended: ${cause}`));
  await Promise.all(Array.from({ length: SESSIONS }, (_, index) => session(pool, `session-${index}`)));
  const { totalInstances, started, reused } = pool.getStats();
  console.log({ totalInstances, started, reused });
  await pool.shutdown();
}

/** What one user of the application does. */
async function session(pool, sessionId) {
  const server = await pool.getServer({ sessionId });
  server.on('lost', ({ cause }) => console.warn(`${sessionId} lost its server: ${cause}`));
  try {
    const { content } = await server.callTool('get-sum', { a: 20, b: 22 });
    console.log(`${sessionId} on ${server.id}: ${content[0].text}`);
  } finally {
    server.release();
  }
}

main();
