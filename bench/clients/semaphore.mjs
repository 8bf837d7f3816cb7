// One process that takes and gives back the permits of one kind: `semaphore.mjs KIND`. Prints nanoseconds a task, uncontended and contended, as JSON.
// A process for each kind: 100 000 waiters leave garbage, and nobody is to collect that of another.
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

import { Sema } from 'async-sema';
import pLimit from 'p-limit';

import { median } from '../harness.mjs';

const { Semaphore, mcpSemaphore, configure } = createRequire(import.meta.url)('../../index.js');

const UNCONTENDED = 200_000;
const CONTENDED = 100_000;
const PERMITS = 3;
/** The first times, code is cold. */
const WARM = 2;
const TIMES = 5;

/** How a permit of each kind is taken, and how it is given back; p-limit does both around a task. */
const kinds = {
  semaphore() {
    const semaphore = new Semaphore(PERMITS);
    return [() => semaphore.acquire(), (permit) => permit.release()];
  },
  mcpSemaphore() {
    configure({ maxConcurrent: PERMITS });
    return [() => mcpSemaphore.acquire(), (permit) => permit.release()];
  },
  asyncSema() {
    const sema = new Sema(PERMITS, { capacity: CONTENDED });
    return [() => sema.acquire(), () => sema.release()];
  },
  pLimit() {
    const limit = pLimit(PERMITS);
    return [() => limit(() => {}), () => {}];
  },
};

const [acquire, release] = kinds[process.argv[2]]();

async function repeat() {
  for (let i = 0; i < UNCONTENDED; i += 1) release(await acquire());
}

async function crowd() {
  await Promise.all(Array.from({ length: CONTENDED }, async () => release(await acquire())));
}

/** Nanoseconds a task. */
async function timed(run, tasks) {
  const times = [];
  for (let time = 0; time < WARM + TIMES; time++) {
    const began = performance.now();
    await run();
    times.push(((performance.now() - began) * 1e6) / tasks);
  }
  return median(times.slice(WARM));
}

console.log(JSON.stringify({ uncontended: await timed(repeat, UNCONTENDED), contended: await timed(crowd, CONTENDED) }));
