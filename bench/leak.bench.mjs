// Calls while their instance is replaced because it outgrew its memory limit, beside calls before that, and beside calls while two other Nodes
// do what a replacement makes two Nodes do: one starts, one that holds as much memory ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import procman from '../index.js';
import { percentile, ROUNDS } from './harness.mjs';
import { Table } from './table.mjs';

const LIMIT_MB = 200;
const CALLERS = 4;
/** As long as the replacement takes in most rounds. */
const BEFORE_MS = 2000;

const server = { command: process.execPath, args: [fileURLToPath(new URL('../__test__/fixtures/mcp-server.js', import.meta.url))] };
/** Fills its memory, says so, and goes at the end of its input, as a retired instance does. */
const HOLDER = `Buffer.alloc(${LIMIT_MB} * 2 ** 20, 1); process.stdout.write('\\n'); process.stdin.resume()`;
const before = [];
const during = [];
const beside = [];
let failed = 0;
for (let round = 0; round < ROUNDS; round++) await replacement();

const table = new Table('Replacing an instance that leaks');
const p99 = percentile(before, 0.99);
table.ratio('a call, p99', { ours: percentile(during, 0.99), peer: p99, peerName: 'before', unit: 'ms', atMost: 2 });
table.told('the same while a Node starts and another one ends beside it, and nothing is replaced', {
  ours: percentile(beside, 0.99),
  peer: p99,
  peerName: 'before',
  unit: 'ms',
});
table.limit('calls that failed', { ours: failed, unit: 'calls', atMost: 0 });
table.print();
await procman.shutdown();

async function replacement() {
  const pool = new procman.MCPServerPool({ ...server, memoryLimitMB: LIMIT_MB, maxInstances: 1 });
  const lease = await pool.getServer();
  let times = before;
  let calling = true;
  const caller = async () => {
    while (calling) times.push(await timed(lease));
  };
  const callers = Array.from({ length: CALLERS }, caller);
  await new Promise((resolve) => setTimeout(resolve, BEFORE_MS));
  times = [];
  const end = await holder();
  times = beside;
  await strangers(end);
  times = [];
  // Growing blocks the server itself for a while, which is no doing of the pool.
  await lease.callTool('grow', { megabytes: LIMIT_MB });
  const retired = once(pool, 'server-retired');
  times = during;
  await retired;
  calling = false;
  await Promise.all(callers);
  await pool.shutdown();
}

/** A process of nobody that holds memory; gives the way to end it. */
async function holder() {
  const child = spawn(process.execPath, ['-e', HOLDER], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
}

/** A Node that starts and introduces itself, then the end of the one that holds memory. */
async function strangers(endHolder) {
  const starting = spawn(server.command, server.args, { stdio: ['pipe', 'pipe', 'inherit'] });
  starting.stdin.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}\n');
  await once(starting.stdout, 'data');
  await endHolder();
  starting.stdin.end();
  await once(starting, 'exit');
}

async function timed(lease) {
  const start = performance.now();
  try {
    await lease.callTool('echo', { text: 'hi' });
  } catch {
    failed += 1;
  }
  return performance.now() - start;
}
