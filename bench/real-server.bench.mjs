// Warm calls of the real server-everything: procman beside mcporter's runtime and the SDK client, an instance each.
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { compare, median } from './harness.mjs';
import { McporterClient } from './clients/mcporter.mjs';
import { ProcmanClient } from './clients/procman.mjs';
import { SdkClient } from './clients/sdk.mjs';
import { Table } from './table.mjs';

const CALLS = 500;
const server = [process.execPath, [fileURLToPath(new URL('../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url))]];
const clients = { procman: new ProcmanClient(...server), mcporter: new McporterClient(...server), sdk: new SdkClient(...server) };
for (const client of Object.values(clients)) await client.connect();

/** Median microseconds of one call at a time, its text read. */
const latency = (client) => async () => {
  const times = [];
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    check(textOf(await client.callTool('echo', { message: 'hi' })));
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
};

// mcporter prints a line, so `output` ends as one.
const textOf = (outcome) => outcome.output?.trimEnd() ?? outcome.content[0].text;

function check(text) {
  if (text !== 'Echo: hi') throw new Error(`the server answered ${JSON.stringify(text)}`);
}

const contenders = Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, latency(client)]));
await compare(contenders, 1);
const { procman, mcporter, sdk } = await compare(contenders);

const table = new Table('A real server: server-everything');
table.ratio('warm call, p50', { ours: procman, peer: mcporter, peerName: 'mcporter runtime', unit: 'µs', atMost: 0.5 });
table.told('warm call, p50', { ours: procman, peer: sdk, peerName: 'SDK', unit: 'µs' });
table.print();
for (const client of Object.values(clients)) await client.close();
