// How long starting a process blocks the main thread of a large host: procman.spawn beside child_process.spawn.
//
// A copy of a large address space is what makes `fork` slow, so this process first makes itself large
// (PROCMAN_BENCH_RESIDENT_MIB, default 4096), in ordinary pages, as the heap of a host has them.
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

import procman from '../index.js';
import { Collections } from './collections.mjs';
import { median, percentile, sample } from './harness.mjs';
import { Table } from './table.mjs';

const MIB = 2 ** 20;
const PAGE = 4096;
const RESIDENT_MIB = Number(process.env.PROCMAN_BENCH_RESIDENT_MIB ?? 4096);
const STARTS = 100;
const PEER_STARTS = 40;

const memory = Array.from({ length: Math.ceil(RESIDENT_MIB / 256) }, () => Buffer.allocUnsafeSlow(256 * MIB).fill(1));
let page = 0;

/** One write into the big memory: after a copy-on-write fork it faults, as the work of a host would. */
function touch() {
  const block = memory[page % memory.length];
  block[(page * PAGE) % block.length] += 1;
  page += 1;
}

const collections = new Collections();

/** Milliseconds until `begin` returned, and the longest time between two turns of the loop until what it promised is there, with its beginning. */
async function blocked(begin, settle) {
  let longest = 0;
  let last = performance.now();
  let from = last;
  let over = false;
  const turn = () => {
    touch();
    const now = performance.now();
    if (now - last > longest) [longest, from] = [now - last, last];
    last = now;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const start = performance.now();
  const begun = begin();
  const synchronous = performance.now() - start;
  const started = await begun;
  over = true;
  turn();
  await settle(started);
  return { synchronous, longest, from };
}

const withProcman = () => blocked(() => procman.spawn('/bin/true'), (unit) => unit.exited);

function withNode() {
  const begin = () => {
    const child = childProcess.spawn('/bin/true');
    const exited = once(child, 'exit');
    return once(child, 'spawn').then(() => exited);
  };
  return blocked(begin, (exited) => exited);
}

/** Nothing is started: what the scheduler of the machine adds by itself. */
const withNothing = () => blocked(() => new Promise((resolve) => setTimeout(resolve, 1)), () => {});

const many = (count, one) => async () => {
  const results = [];
  for (let i = 0; i < count; i++) results.push(await one());
  return results;
};

/** The guard is started by the first spawn. */
async function first() {
  await procman.shutdown();
  procman.configure({});
  return [await withProcman()];
}

const rounds = await sample({ first, procman: many(STARTS, withProcman), node: many(PEER_STARTS, withNode), nothing: many(STARTS, withNothing) });
await collections.settle();
const all = (name, field) => rounds[name].flat().map((result) => result[field]);
const uncollected = (name) => rounds[name].flat().map((result) => result.longest - collections.within(result.from, result.from + result.longest));

const table = new Table(`Starting a process from a host with ${RESIDENT_MIB} MiB of resident memory`);
for (const [what, field] of [['until `spawn()` returns', 'synchronous'], ['longest delay of the loop', 'longest']]) {
  const [ours, theirs] = [all('procman', field), all('node', field)];
  const row = (share) => ({ ours: percentile(ours, share), peer: percentile(theirs, share), peerName: 'child_process', unit: 'ms' });
  table.limit(`${what}, p50`, { ...row(0.5), atMost: 0.1 });
  table.limit(`${what}, p99`, { ...row(0.99), atMost: 1 });
}
const quiet = all('nothing', 'longest');
table.told('longest delay with nothing started, p50', { ours: percentile(quiet, 0.5), unit: 'ms' });
table.told('longest delay with nothing started, p99', { ours: percentile(quiet, 0.99), unit: 'ms' });
table.told('longest delay less what the garbage collector had of it, p99', { ours: percentile(uncollected('procman'), 0.99), unit: 'ms' });
table.told('the same with nothing started, p99', { ours: percentile(uncollected('nothing'), 0.99), unit: 'ms' });
table.told('the first spawn, which starts the guard: longest delay', { ours: median(all('first', 'longest')), unit: 'ms' });
table.print();
await procman.shutdown();
