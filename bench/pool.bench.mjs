// A pool: what sessions cost, how fast a lease is, how soon a crash is noticed, what the pool adds to a call.
//
// Sessions: 20 of them on one server started as configurations start it, by `npx -y`, beside 20 clients of the SDK that start one each.
// A crash: SIGKILL to the instance; noticed when 'server-exited' is told, replaced when the next instance has shaken hands.
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import procman from '../index.js';
import { SdkClient } from './clients/sdk.mjs';
import { compare, median, percentile, ROUNDS, sample } from './harness.mjs';
import { resources } from './resources.mjs';
import { Table } from './table.mjs';

const SESSIONS = 20;
const LEASES = 20_000;
const CRASHES_A_ROUND = 10;
const CALLS = 2000;
const IN_FLIGHT = 64;
const CALLS_IN_FLIGHT = 10_000;
const INSTANCES = 4;
/** Calls of each server process before it is measured: Node compiles what is hot in it during its first thousands. */
const WARM_UP = 16_000;
const MS_PER_S = 1000;
const US_PER_MS = 1000;

const packages = new URL('../node_modules/@modelcontextprotocol/', import.meta.url);
const npx = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] };
const everything = { command: process.execPath, args: [fileURLToPath(new URL('server-everything/dist/index.js', packages))] };
const echo = { command: fileURLToPath(new URL('../target/release/examples/echo_server', import.meta.url)) };

// Waiting for an event of a pool keeps no process alive.
const alive = setInterval(() => {}, 2 ** 31 - 1);
const table = new Table('Pools');
await sessions(`${SESSIONS} sessions of a server behind npx -y`, npx, 0.1);
await sessions(`${SESSIONS} sessions of the same server without npx`, everything);
await leases();
await crashes();
await throughput();
await overhead();
table.print();
await procman.shutdown();
clearInterval(alive);

/** Processes and memory below this one while everybody holds a session and has made a call. */
async function sessions(what, server, atMost) {
  const shared = await pooled(server);
  const alone = await separate(server);
  const row = (subject, key, unit) => {
    const values = { ours: shared[key], peer: alone[key], peerName: `${SESSIONS} SDK clients`, unit };
    if (atMost === undefined) table.told(subject, values);
    else table.ratio(subject, { ...values, atMost });
  };
  row(`${what}: processes`, 'processes', 'processes');
  row(`${what}: memory`, 'megabytes', 'MB');
}

async function pooled(server) {
  const pool = new procman.MCPServerPool({ ...server, maxLeasesPerInstance: SESSIONS });
  const held = await Promise.all(Array.from({ length: SESSIONS }, (_, index) => pool.getServer({ sessionId: `session-${index}` })));
  await Promise.all(held.map((lease) => lease.callTool('echo', { message: 'hi' })));
  const used = resources();
  await pool.shutdown();
  return used;
}

async function separate({ command, args }) {
  const before = resources();
  const clients = Array.from({ length: SESSIONS }, () => new SdkClient(command, args));
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client) => client.callTool('echo', { message: 'hi' })));
  const after = resources();
  await Promise.all(clients.map((client) => client.close()));
  return { processes: after.processes - before.processes, megabytes: after.megabytes - before.megabytes };
}

/** Microseconds of getServer() and release() while an instance is warm. */
async function leases() {
  const pool = new procman.MCPServerPool(echo);
  const holder = await pool.getServer();
  const measure = async () => {
    const start = performance.now();
    for (let i = 0; i < LEASES; i++) (await pool.getServer()).release();
    return ((performance.now() - start) * US_PER_MS) / LEASES;
  };
  await measure();
  const { ours } = await compare({ ours: measure });
  table.limit('getServer() and release(), warm', { ours, unit: 'µs', atMost: 5 });
  holder.release();
  await pool.shutdown();
}

async function crashes() {
  const samples = [];
  for (let i = 0; i < ROUNDS * CRASHES_A_ROUND; i++) samples.push(await crash());
  const noticed = samples.map((sample) => sample.noticed);
  table.limit('a crash is noticed, p99', { ours: percentile(noticed, 0.99), unit: 'ms', atMost: 50 });
  table.told('a crashed instance is replaced, p50: the start of a process and its handshake', { ours: median(samples.map((sample) => sample.replaced)), unit: 'ms' });
}

/** In a pool of its own: a second crash in a row waits for its backoff. */
async function crash() {
  const pool = new procman.MCPServerPool({ ...echo, minInstances: 1 });
  const server = await pool.getServer();
  const [noticed, replaced] = [once(pool, 'server-exited'), once(pool, 'server-restarted')].map((event) => event.then(() => performance.now()));
  const start = performance.now();
  process.kill(server.pid, 'SIGKILL');
  const times = { noticed: (await noticed) - start, replaced: (await replaced) - start };
  await pool.shutdown();
  return times;
}

/** Calls a second with many in flight. */
async function throughput() {
  const pool = new procman.MCPServerPool({ ...everything, minInstances: INSTANCES, maxInstances: INSTANCES, maxCallsPerInstance: IN_FLIGHT });
  const client = new SdkClient(everything.command, everything.args);
  await client.connect();
  while (pool.getStats().healthyInstances < INSTANCES) await once(pool, 'server-created');
  const ours = (args) => pool.callTool('echo', args);
  const peer = (args) => client.callTool('echo', args);
  await flood(ours, WARM_UP * INSTANCES)();
  await flood(peer, WARM_UP)();
  const rates = await compare({ ours: flood(ours, CALLS_IN_FLIGHT), peer: flood(peer, CALLS_IN_FLIGHT) });
  table.ratio(`${INSTANCES} instances of server-everything, ${IN_FLIGHT} in flight`, { ...rates, peerName: 'one SDK client', unit: 'calls/s', atLeast: 1 });
  await Promise.all([pool.shutdown(), client.close()]);
}

function flood(call, calls) {
  return async () => {
    let left = calls;
    const caller = async () => {
      while (left-- > 0) await call({ message: 'hi' });
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
    return (calls * MS_PER_S) / (performance.now() - start);
  };
}

/** What choosing an instance for each call costs, beside a session that holds one. */
async function overhead() {
  const pool = new procman.MCPServerPool({ ...echo, minInstances: INSTANCES, maxInstances: INSTANCES });
  while (pool.getStats().healthyInstances < INSTANCES) await once(pool, 'server-created');
  const session = await pool.getServer({ sessionId: 'bare' });
  const ways = { pool: () => pool.callTool('echo', { text: 'hi' }), session: () => session.callTool('echo', { text: 'hi' }) };
  // In turn, call by call: a machine whose idle cores poll before they sleep keeps quick calls quick and slow ones slow, for thousands of calls.
  const round = async () => {
    const times = { pool: [], session: [] };
    for (let i = 0; i < CALLS; i++) {
      for (const [way, call] of Object.entries(ways)) {
        const start = performance.now();
        await call();
        times[way].push((performance.now() - start) * US_PER_MS);
      }
    }
    return { pool: median(times.pool), session: median(times.session) };
  };
  await round();
  const { both } = await sample({ both: round });
  const of = (read) => ({ ours: median(both.map(read)), unit: 'µs' });
  table.limit('a call of the pool, p50, over one of a session that holds its instance', { ...of((times) => times.pool - times.session), atMost: 10 });
  table.told('the call of that session, p50', of((times) => times.session));
  await pool.shutdown();
}
