// One process that lists processes: ps-list first or last, ours twice. Prints milliseconds, and how long its loop was blocked, as JSON.
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import psList from 'ps-list';
import procman from '../../index.js';

/** Longer than the least time between two samples that a rate is computed over. */
const BETWEEN_MS = 300;

async function timed(list) {
  const began = performance.now();
  const processes = await list();
  return { ms: performance.now() - began, count: processes.length };
}

/** The longest time between two turns of the loop while `work` runs. */
async function blocked(work) {
  let longest = 0;
  let over = false;
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  return longest;
}

// Loaded and its thread known before anything is measured.
await procman.listProcesses({ managed: true });
const first = await timed(() => procman.listProcesses());
await pause(BETWEEN_MS);
const second = await timed(() => procman.listProcesses());
const peer = await timed(psList);
const block = await blocked(() => procman.listProcesses());
console.log(JSON.stringify({ first: first.ms, second: second.ms, psList: peer.ms, count: first.count, blocked: block }));
