// Permits beside async-sema and p-limit: uncontended, and 100 000 waiters at once.
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

import { Sema } from 'async-sema';
import pLimit from 'p-limit';

import { compare } from './harness.mjs';
import { Table } from './table.mjs';

const { Semaphore, mcpSemaphore, configure } = createRequire(import.meta.url)('../index.js');

const UNCONTENDED = 200_000;
const CONTENDED = 100_000;
const PERMITS = 3;

configure({ maxConcurrent: PERMITS });
const semaphore = new Semaphore(PERMITS);
const sema = new Sema(PERMITS, { capacity: CONTENDED });
const limit = pLimit(PERMITS);

/** How a contender takes a permit, and how it gives it back; p-limit does both around a task. */
const contenders = {
  semaphore: [() => semaphore.acquire(), (permit) => permit.release()],
  mcpSemaphore: [() => mcpSemaphore.acquire(), (permit) => permit.release()],
  asyncSema: [() => sema.acquire(), () => sema.release()],
  pLimit: [() => limit(() => {}), () => {}],
};

async function repeat(acquire, release) {
  for (let i = 0; i < UNCONTENDED; i += 1) release(await acquire());
}

async function crowd(acquire, release) {
  await Promise.all(Array.from({ length: CONTENDED }, async () => release(await acquire())));
}

/** Nanoseconds an operation. */
const timed = (run, operations) => ([acquire, release]) => async () => {
  const start = performance.now();
  await run(acquire, release);
  return ((performance.now() - start) * 1e6) / operations;
};

const table = new Table('Semaphore');
await measure('uncontended acquire + release', timed(repeat, UNCONTENDED));
await measure(`${CONTENDED.toLocaleString('en-US')} contended waiters, per task`, timed(crowd, CONTENDED));
table.print();

async function measure(what, run) {
  const runs = Object.fromEntries(Object.entries(contenders).map(([name, contender]) => [name, run(contender)]));
  await compare(runs, 1);
  const ns = await compare(runs);
  for (const name of ['semaphore', 'mcpSemaphore']) {
    table.ratio(`${what}, \`${name}\``, { ours: ns[name], peer: ns.asyncSema, peerName: 'async-sema', unit: 'ns', atMost: 1 });
  }
  table.told(what, { ours: ns.semaphore, peer: ns.pLimit, peerName: 'p-limit', unit: 'ns' });
}
