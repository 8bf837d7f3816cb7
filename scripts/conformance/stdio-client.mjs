// The client that the conformance runner starts, over the stdio engine: its server is a forwarder to the URL of the test server.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { exampleArguments } from './example-arguments.mjs';

const SERVER = 'forwarded';
const procman = createRequire(import.meta.url)('../../index.js');
const forwarder = fileURLToPath(new URL('forwarder.mjs', import.meta.url));
const modern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';
const entry = { command: process.execPath, args: [forwarder, process.argv.at(-1)], ...(modern && { procman: { protocol: '2026-07-28' } }) };

procman.configure({ servers: { [SERVER]: entry } });
try {
  for (const { name, inputSchema } of await procman.listTools(SERVER)) {
    await procman.callToolRaw(SERVER, name, exampleArguments(inputSchema));
  }
} finally {
  await procman.shutdown();
}
