// Warm calls of the real server-everything: procman beside mcporter's runtime and the SDK client, an instance each.
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { compare, mainThreadCpu, median } from './harness.mjs';
import { McporterClient } from './clients/mcporter.mjs';
import { ProcmanClient } from './clients/procman.mjs';
import { RawPipeClient } from './clients/raw-pipe.mjs';
import { SdkClient } from './clients/sdk.mjs';
import { Table } from './table.mjs';

const CALLS = 500;
/** Node compiles what is hot in the server during its first thousands of calls; until then that is what is measured. */
const WARM_UP_ROUNDS = 16;
const server = [process.execPath, [fileURLToPath(new URL('../node_modules/@modelcontextprotocol/server-everything/dist/index.js', import.meta.url))]];
const clients = {
  procman: new ProcmanClient(...server),
  mcporter: new McporterClient(...server),
  sdk: new SdkClient(...server),
  raw: new RawPipeClient(...server),
};
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

/** Main-thread CPU microseconds a call: what the client alone costs. */
const work = (client) => async () => {
  const start = mainThreadCpu();
  for (let i = 0; i < CALLS; i++) check(textOf(await client.callTool('echo', { message: 'hi' })));
  return (mainThreadCpu() - start) / CALLS;
};

// mcporter prints a line, so `output` ends as one.
const textOf = (outcome) => outcome.output?.trimEnd() ?? outcome.content[0].text;

function check(text) {
  if (text !== 'Echo: hi') throw new Error(`the server answered ${JSON.stringify(text)}`);
}

const each = (make) => Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, make(client)]));
const PEERS = { mcporter: 'mcporter runtime', sdk: 'SDK', raw: 'raw pipe' };
const beside = (values, peer) => ({ ours: values.procman, peer: values[peer], peerName: PEERS[peer], unit: 'µs' });

await compare(each(latency), WARM_UP_ROUNDS);
const time = await compare(each(latency));
const cpu = await compare(each(work));

const table = new Table('A real server: server-everything');
table.ratio('warm call, p50', { ...beside(time, 'mcporter'), atMost: 0.5 });
table.told('warm call, p50', beside(time, 'sdk'));
table.told('warm call, p50: the raw pipe waits for the server and does little else', beside(time, 'raw'));
for (const peer of Object.keys(PEERS)) table.told('main-thread CPU a call', beside(cpu, peer));
table.print();
for (const client of Object.values(clients)) await client.close();
