// Permits beside async-sema and p-limit: uncontended, and 100 000 waiters at once.
//
//   node bench/semaphore.bench.mjs [rounds]
//
// The contestants take turns within a round, each first once in a while, so that a busy machine and a full heap hit all
// of them alike; medians over the rounds.
import { createRequire } from 'node:module';
import { Sema } from 'async-sema';
import pLimit from 'p-limit';

const require = createRequire(import.meta.url);
const { Semaphore } = require('../lib/api/semaphore.js');
const { mcpSemaphore } = require('../lib/api/mcp-semaphore.js');

const ROUNDS = Number(process.argv[2] ?? 9);
const UNCONTENDED = 200_000;
const CONTENDED = 100_000;
const PERMITS = 3;

const semaphore = new Semaphore(PERMITS);
const sema = new Sema(PERMITS, { capacity: CONTENDED });
const limit = pLimit(PERMITS);
mcpSemaphore.resize(PERMITS);

await compare('uncontended acquire + release', UNCONTENDED, {
  'async-sema': () => repeat(UNCONTENDED, () => sema.acquire(), () => sema.release()),
  'procman Semaphore': () => repeat(UNCONTENDED, () => semaphore.acquire(), (permit) => permit.release()),
  'procman mcpSemaphore': () => repeat(UNCONTENDED, () => mcpSemaphore.acquire(), (permit) => permit.release()),
  'p-limit': () => repeat(UNCONTENDED, () => limit(() => {}), () => {}),
});

await compare(`${CONTENDED} contended waiters, per task`, CONTENDED, {
  'async-sema': () => crowd(() => sema.acquire(), () => sema.release()),
  'procman Semaphore': () => crowd(() => semaphore.acquire(), (permit) => permit.release()),
  'procman mcpSemaphore': () => crowd(() => mcpSemaphore.acquire(), (permit) => permit.release()),
  'p-limit': () => crowd(() => limit(() => {}), () => {}),
});

async function repeat(count, acquire, release) {
  for (let i = 0; i < count; i += 1) release(await acquire());
}

async function crowd(acquire, release) {
  await Promise.all(Array.from({ length: CONTENDED }, async () => release(await acquire())));
}

async function compare(title, operations, contestants) {
  const [peer] = Object.keys(contestants);
  const names = Object.keys(contestants);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await contestants[name]();
  for (let round = 0; round < ROUNDS; round += 1) {
    names.push(names.shift());
    for (const name of names) {
      const start = process.hrtime.bigint();
      await contestants[name]();
      times[name].push(Number(process.hrtime.bigint() - start) / operations);
    }
  }
  const base = median(times[peer]);
  console.log(`\n${title} (median of ${ROUNDS} rounds)`);
  for (const name of Object.keys(contestants)) {
    const ns = median(times[name]);
    console.log(`  ${name.padEnd(22)} ${ns.toFixed(0).padStart(7)} ns  ${(ns / base).toFixed(2)} × ${peer}`);
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
