'use strict';
// Fifty sessions on one pool of a server that leaks and is killed at random. PROCMAN_SOAK=1 takes ten minutes; PROCMAN_SEED repeats the choices.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { cookie } = require('./helpers/kernel.js');
const { root } = require('./helpers/programs.js');
const { random, seed } = require('./helpers/random.js');
const { size } = require('./helpers/size.js');
const { Sessions } = require('./helpers/soak-sessions.js');

const SESSIONS = 50;
const MAX_INSTANCES = 4;
const RUN_MS = size(600_000, 10_000);
/** One kill per so many settled calls. */
const KILL_EVERY = size(10_000, 2000);
/** A server needs some 50 MB for itself and fills the rest of its share in a second or two: faster than its successor starts. */
const LEAK_KB = 64;
const MEMORY_LIMIT_MB = 110;
/** What may end a call: a kill, the end of an instance that a session kept although it was to be replaced, the caller. */
const EXPLAINED = ['ERR_SERVER_EXITED SIGKILL', 'ERR_SESSION_LOST', 'ERR_ABORTED'];
/** Buffers of answers come and go; a leak of this host would grow with the calls. */
const FLAT_BYTES = 64 * 2 ** 20;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-soak-'));
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true, force: true });
});

function makePool(name, options) {
  const executed = path.join(folder, name);
  fs.writeFileSync(executed, '');
  const { env, survivors } = cookie();
  const pool = new procman.MCPServerPool({
    command: process.execPath,
    args: [path.join(root, '__test__', 'fixtures', 'soak-server.js')],
    maxInstances: MAX_INSTANCES,
    maxLeasesPerInstance: SESSIONS,
    // A kill is no failure of the server's.
    maxRestarts: 1_000_000,
    ...options,
    env: { EXECUTED: executed, ...options.env, ...env },
  });
  return { pool, survivors, executions: () => fs.readFileSync(executed, 'utf8').split('\n').slice(0, -1) };
}

/** The pids of a pool's instances as its events tell them, why some were replaced, and how many there were at most beside their replacements. */
function watch(pool) {
  const seen = { pids: new Map(), causes: {}, most: 0 };
  const look = () => {
    const { totalInstances, replacements } = pool.getStats();
    seen.most = Math.max(seen.most, totalInstances - replacements);
  };
  pool.on('server-created', ({ instanceId, pid }) => look(seen.pids.set(instanceId, pid)));
  pool.on('server-exited', ({ instanceId }) => look(seen.pids.delete(instanceId)));
  pool.on('server-restarted', ({ cause }) => look((seen.causes[cause] = (seen.causes[cause] ?? 0) + 1)));
  return seen;
}

test(`no call is lost, crossed or executed twice by ${SESSIONS} sessions while servers leak and are killed (seed ${seed})`, async (t) => {
  t.timeout(RUN_MS + 120_000);
  const { stat } = await import('../scripts/processes.mjs');
  const next = random(seed);
  const { pool, survivors, executions } = makePool('hard', { memoryLimitMB: MEMORY_LIMIT_MB, env: { LEAK_KB: `${LEAK_KB}` } });
  const seen = watch(pool);
  const sessions = new Sessions(pool, SESSIONS, next);
  const memory = [];
  let kills = 0;

  const replacedForMemory = () => (seen.causes.leak ?? 0) + (seen.causes.memory ?? 0);
  /** Three generations up is this process: the server, its shim, its guard. */
  const isOurs = (pid) => stat(stat(stat(pid)?.ppid)?.ppid)?.ppid === process.pid;
  sessions.onSettled = (count) => {
    if (count % 500 === 0) memory.push(process.memoryUsage.rss());
    if (count % KILL_EVERY !== 0) return;
    // The oldest one lives until it was replaced for its memory, so that both happen.
    const victims = [...seen.pids.values()].slice(replacedForMemory() > 0 ? 0 : 1).filter(isOurs);
    if (victims.length === 0) return;
    process.kill(victims[Math.floor(next() * victims.length)], 'SIGKILL');
    kills += 1;
  };

  const tally = await sessions.run(RUN_MS, () => kills > 0 && replacedForMemory() > 0);
  const ran = executions();
  const { bySession, examples, ...counts } = tally;
  t.log({ ...counts, failures: Object.fromEntries(tally.failures), kills, fewestOfASession: Math.min(...bySession), causes: seen.causes, executions: ran.length, rssMB: [memory[0], memory.at(-1)].map((bytes) => Math.round(bytes / 2 ** 20)) });

  t.is(tally.settled, tally.begun, 'none is lost');
  t.is(tally.wrong, 0, 'none is crossed');
  t.is(new Set(ran).size, ran.length, 'none is executed twice');
  t.true(tally.succeeded > SESSIONS && Math.min(...bySession) > 0, 'every session was served');
  t.deepEqual([...tally.failures.keys()].filter((reason) => !EXPLAINED.includes(reason)).map((reason) => examples.get(reason)), [], 'no call ends without a reason');
  t.true(kills > 0, 'servers were killed');
  t.true(replacedForMemory() > 0, 'servers were replaced before they took more than their share');
  t.true(seen.most <= MAX_INSTANCES, `${seen.most} instances`);
  t.true(memory.at(-1) - memory[Math.floor(memory.length / 4)] < FLAT_BYTES, `the memory of this process grew: ${memory.map((bytes) => Math.round(bytes / 2 ** 20))} MB`);
  await pool.shutdown({ graceMs: 0 });
  t.deepEqual(await survivors(), []);
});

test('the control: without leak and kills no call fails, and no instance is replaced', async (t) => {
  const { pool, survivors, executions } = makePool('easy', { memoryLimitMB: Infinity });
  const seen = watch(pool);
  const tally = await new Sessions(pool, 10, random(seed)).run(2000);
  t.deepEqual([...tally.failures.keys()].filter((reason) => reason !== 'ERR_ABORTED'), []);
  t.is(tally.wrong, 0);
  t.deepEqual(seen.causes, {});
  const ran = executions();
  t.is(new Set(ran).size, ran.length);
  t.true(ran.length >= tally.succeeded);
  await pool.shutdown({ graceMs: 0 });
  t.deepEqual(await survivors(), []);
});
