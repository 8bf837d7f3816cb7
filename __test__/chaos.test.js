'use strict';
// Servers are killed at random under load. PROCMAN_SEED repeats a run.
const test = require('ava').default;

const procman = require('..');
const { echoServer } = require('./helpers/programs.js');
const { size } = require('./helpers/size.js');

const CALLS = size(10_000, 800);
const SERVERS = 8;
const IN_FLIGHT = 64;
/** One kill per so many settled calls. */
const KILL_EVERY = size(100, 40);
const seed = Number(process.env.PROCMAN_SEED ?? 20_261_122);

/** mulberry32: small, seeded, good enough to choose victims. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`${CALLS} calls over ${SERVERS} servers that are killed at random (seed ${seed})`, async (t) => {
  t.timeout(600_000);
  const { isAlive, stat } = await import('../scripts/processes.mjs');
  const next = random(seed);
  const names = Array.from({ length: SERVERS }, (_, index) => `server-${index}`);
  // A server that is killed more often than it may fail in a row would be left alone, which another test is about.
  const server = { ...echoServer(), procman: { maxRestarts: Infinity } };
  procman.configure({ servers: Object.fromEntries(names.map((name) => [name, server])), maxConcurrent: IN_FLIGHT });
  const settled = new Array(CALLS).fill(0);
  const failures = [];
  let [succeeded, done, kills] = [0, 0, 0];

  /** Three generations up is this process: the server, its shim, its guard. Read without a scan, while the calls are in flight. */
  const isOurs = (pid) => stat(stat(stat(pid)?.ppid)?.ppid)?.ppid === process.pid;

  /** Kills a server that serves a call now; only what this process started. */
  function killOne() {
    const serving = procman.getActiveProcesses().filter(({ pid }) => pid !== null && isAlive(pid) && isOurs(pid));
    if (serving.length === 0) return;
    try {
      process.kill(serving[Math.floor(next() * serving.length)].pid, 'SIGKILL');
      kills += 1;
    } catch (error) {
      // It died of the kill before.
      if (error.code !== 'ESRCH') throw error;
    }
  }

  async function one(index) {
    const server = names[Math.floor(next() * SERVERS)];
    const text = `call ${index} of ${server}`;
    // Every fourth one stays with its server for a while, so that kills meet calls in flight.
    const outcome = await (index % 4 === 0
      ? procman.callToolAsync(server, 'sleep', { ms: 5 })
      : procman.callToolAsync(server, 'echo', { text }));
    settled[index] += 1;
    if (outcome.success) {
      succeeded += 1;
      if (outcome.output !== (index % 4 === 0 ? 'slept\n' : `${text}\n`)) failures.push(`${text} got ${outcome.output}`);
    } else if (outcome.code !== 'ERR_SERVER_EXITED' || !/SIGKILL/.test(outcome.error) || !outcome.error.includes(server)) {
      failures.push(`${text}: ${outcome.code} ${outcome.error}`);
    }
    done += 1;
    if (done % KILL_EVERY === 0) killOne();
  }

  let begun = 0;
  const lane = async () => {
    while (begun < CALLS) await one(begun++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT * 2 }, lane));

  t.deepEqual(failures, []);
  t.true(settled.every((times) => times === 1), 'every call settles exactly once');
  t.true(kills > CALLS / KILL_EVERY / 2, `only ${kills} kills: the test would prove little`);
  t.true(succeeded > CALLS / 2);
  t.true(succeeded < CALLS, 'no kill met a call in flight: the test would prove little');
  t.log(`${kills} servers killed, ${succeeded} answers, ${CALLS - succeeded} errors that say so`);
  t.like(procman.getSemaphoreStatus(), { current: 0, queued: 0 });
  t.deepEqual(procman.getActiveProcesses(), []);
  await procman.shutdown();
});
