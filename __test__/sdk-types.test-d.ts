// Compiled, never run: the official SDK takes our transports where it takes its own.
import { StdioTransport } from '@ops/procman';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport, type StdioServerParameters } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** One changed name. */
async function connect(client: Client, parameters: StdioServerParameters) {
  await client.connect(new StdioClientTransport(parameters));
  await client.connect(new StdioTransport(parameters));
}

function transport() {
  const ours = new StdioTransport({ command: 'npx', args: ['-y', 'server'], stderr: 'pipe' });
  ours.stderr?.on('data', () => {});
  // @ts-expect-error a command is needed
  new StdioTransport({ args: [] });
  const theirs: Transport = ours;
  return theirs;
}

export { connect, transport };
