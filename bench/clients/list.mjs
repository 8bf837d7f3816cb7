// One process that lists processes: ps-list first or last, ours twice. Prints milliseconds, and the longest turn of its loop, as JSON.
import { openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import psList from 'ps-list';
import procman from '../../index.js';
import { Collections } from '../collections.mjs';

/** Longer than the least time between two samples that a rate is computed over. */
const BETWEEN_MS = 300;

/** Shorter turns are not the longest one. */
const NOTED_MS = 0.1;

/** In the kernel's files. */
const SPACE = 0x20;
const ZERO = 0x30;

async function timed(list) {
  const began = performance.now();
  const processes = await list();
  return { ms: performance.now() - began, count: processes.length };
}

/** Processor time of this process's first thread, nanoseconds. */
class FirstThread {
  #file = openSync(`/proc/self/task/${process.pid}/schedstat`);
  #bytes = Buffer.alloc(64);

  cpu() {
    // The kernel counts up to this moment when it is asked for the sum of all threads; before that, up to the last tick.
    process.cpuUsage();
    readSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
    // Digit by digit: a string for each turn is garbage that would be collected in the turns that are measured.
    let nanoseconds = 0;
    for (let at = 0; this.#bytes[at] !== SPACE; at++) nanoseconds = nanoseconds * 10 + this.#bytes[at] - ZERO;
    return nanoseconds;
  }
}

/**
 * The longest turn of the loop while `work` runs, in milliseconds: by the clock, which counts the wait for a core beside the threads that read,
 * by the processor, which is what the thread itself had to do, and by the processor less what the garbage collector had: to measure makes garbage.
 */
async function longestTurn(work) {
  const thread = new FirstThread();
  const collections = new Collections();
  const turns = [];
  let over = false;
  let [last, lastCpu] = [performance.now(), thread.cpu()];
  const turn = () => {
    const [now, cpu] = [performance.now(), thread.cpu()];
    if (now - last > NOTED_MS) turns.push({ from: last, to: now, cpu: (cpu - lastCpu) / 1e6 });
    [last, lastCpu] = [now, cpu];
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  await collections.settle();
  const longest = (of) => Math.max(...turns.map(of));
  return {
    clock: longest(({ from, to }) => to - from),
    cpu: longest(({ cpu }) => cpu),
    uncollected: longest(({ from, to, cpu }) => cpu - collections.within(from, to)),
  };
}

// Loaded and its thread known before anything is measured.
await procman.listProcesses({ managed: true });
const first = await timed(() => procman.listProcesses());
await pause(BETWEEN_MS);
const second = await timed(() => procman.listProcesses());
const peer = await timed(psList);
const turn = await longestTurn(() => procman.listProcesses());
console.log(JSON.stringify({ first: first.ms, second: second.ms, psList: peer.ms, count: first.count, turn: turn.cpu, delay: turn.clock, uncollected: turn.uncollected }));
