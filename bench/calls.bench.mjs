// Tool calls: procman beside the SDK client and a raw pipe, on a fast native server so that the client is what is measured.
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { compare, mainThreadCpu, median } from './harness.mjs';
import { ProcmanClient } from './clients/procman.mjs';
import { RawPipeClient } from './clients/raw-pipe.mjs';
import { SdkClient } from './clients/sdk.mjs';
import { Table } from './table.mjs';

const server = fileURLToPath(new URL('../target/release/examples/echo_server', import.meta.url));
const MIB = 1024 * 1024;
const CALLS_IN_FLIGHT = 100_000;

const clients = { procman: new ProcmanClient(server), sdk: new SdkClient(server), raw: new RawPipeClient(server) };
for (const client of Object.values(clients)) await client.connect();

/** Median microseconds of one call at a time. */
const latency = (client, tool, args, read, calls) => async () => {
  const times = [];
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    read(await client.callTool(tool, args));
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
};

/** Calls a second with `width` of them in flight. */
const throughput = (client, width, calls) => async () => {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) await client.callTool('echo', { text: 'hi' });
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: width }, worker));
  return calls / ((performance.now() - start) / 1000);
};

/** Main-thread CPU microseconds a call, one at a time. */
const cpu = (client, calls) => async () => {
  const start = mainThreadCpu();
  for (let i = 0; i < calls; i++) await client.callTool('echo', { text: 'hi' });
  return (mainThreadCpu() - start) / calls;
};

const nothing = () => {};
const output = (outcome) => outcome.output?.length ?? outcome.content[0].text.length;
const parsed = (outcome) => (outcome.result ?? outcome).content[0].text.length;
const each = (make, rounds) => compare(Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, make(client)])), rounds);

const table = new Table('Tool calls over stdio');
const PEERS = { sdk: 'SDK', raw: 'raw pipe' };
const beside = (values, peer, unit) => ({ ours: values.procman, peer: values[peer], peerName: PEERS[peer], unit });

await each((client) => latency(client, 'echo', { text: 'hi' }, nothing, 3000));

const small = await each((client) => latency(client, 'echo', { text: 'hi' }, output, 3000));
table.ratio('small call, p50', { ...beside(small, 'sdk', 'µs'), atMost: 0.5 });
for (const width of [16, 64]) {
  const flood = (client) => throughput(client, width, CALLS_IN_FLIGHT);
  // Node compiles the clients for this shape of work first.
  await each(flood, 1);
  const rate = await each(flood);
  table.ratio(`${width} in flight`, { ...beside(rate, 'sdk', 'calls/s'), atLeast: 2.5 });
  table.ratio(`${width} in flight`, { ...beside(rate, 'raw', 'calls/s'), atLeast: 1 });
}
const work = await each((client) => cpu(client, 5000));
table.ratio('main-thread CPU a call', { ...beside(work, 'sdk', 'µs'), atMost: 0.5 });
const big = await each((client) => latency(client, 'big', { bytes: MIB }, output, 30));
table.ratio('small call with a 1 MiB result, `output` read', { ...beside(big, 'sdk', 'µs'), atMost: 0.5 });
const bigParsed = await each((client) => latency(client, 'big', { bytes: MIB }, parsed, 30));
table.told('small call with a 1 MiB result, `result` parsed', beside(bigParsed, 'sdk', 'µs'));
const text = 'x'.repeat(MIB);
const echo = await each((client) => latency(client, 'echo', { text }, output, 20));
table.ratio('1 MiB echo, `output` read', { ...beside(echo, 'sdk', 'µs'), atMost: 0.8 });
const echoParsed = await each((client) => latency(client, 'echo', { text }, parsed, 20));
table.told('1 MiB echo, `result` parsed', beside(echoParsed, 'sdk', 'µs'));

table.print();
for (const client of Object.values(clients)) await client.close();
