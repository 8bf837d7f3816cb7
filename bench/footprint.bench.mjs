// What procman costs while it does nothing: memory of guard and shims, time of `require`, size on disk, wake-ups.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import procman from '../index.js';
import { stat } from '../scripts/processes.mjs';
import { compare, median, ROUNDS } from './harness.mjs';
import { Table } from './table.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const MB = 1e6;
const KIB = 1024;
/** Long enough for anything periodic to show itself. */
const WINDOW_MS = 5000;
const REQUIRES_A_ROUND = 5;
const ENGINE_THREAD = 'procman-engine';

const table = new Table('At rest');
await memory(1);
await memory(8);
await loading();
size();
await wakeUps();
table.print();
await procman.shutdown();

async function memory(count) {
  const samples = { guard: [], shim: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const units = await Promise.all(Array.from({ length: count }, () => procman.spawn('cat')));
    const shims = units.map((unit) => stat(unit.pid).ppid);
    samples.guard.push((field(guard(shims), 'status', 'VmRSS') * KIB) / MB);
    samples.shim.push(median(shims.map((pid) => (field(pid, 'smaps_rollup', 'Pss') * KIB) / MB)));
    await Promise.all(units.map((unit) => unit.stop({ force: true })));
  }
  const units = count === 1 ? 'one unit' : `${count} units`;
  table.limit(`guard, RSS, ${units}`, { ours: median(samples.guard), unit: 'MB', atMost: 2.5 });
  table.limit(`shim, PSS, ${units}`, { ours: median(samples.shim), unit: 'MB', atMost: 0.3 });
}

function guard([shim]) {
  return stat(shim).ppid;
}

function field(pid, file, name) {
  const match = readFileSync(`/proc/${pid}/${file}`, 'utf8').match(new RegExp(`^${name}:\\s*(\\d+)`, 'm'));
  if (match === null) throw new Error(`/proc/${pid}/${file} has no ${name}`);
  return Number(match[1]);
}

/** In fresh processes, because a module is loaded once. */
async function loading() {
  const measure = (statement) => `const start = performance.now(); ${statement}; console.log(performance.now() - start)`;
  const package_ = `require(${JSON.stringify(root)})`;
  const fresh = (statement) => () =>
    median(Array.from({ length: REQUIRES_A_ROUND }, () => Number(execFileSync(process.execPath, ['-e', measure(statement)], { encoding: 'utf8' }))));
  const times = await compare({ entry: fresh(package_), addon: fresh(`${package_}.capabilities()`), net: fresh("require('node:net'); require('node:worker_threads')") });
  table.limit("`require('@ops/procman')`", { ours: times.entry, unit: 'ms', atMost: 10 });
  table.told('the same and the first use, which loads the addon', { ours: times.addon, unit: 'ms' });
  table.told('beside two modules of Node itself', { ours: times.entry, peer: times.net, peerName: 'node:net + node:worker_threads', unit: 'ms' });
}

function size() {
  const files = [...readdirSync(root).filter((name) => /^procman\..*\.node$/.test(name)), 'procman-guard'];
  const bytes = files.reduce((sum, name) => sum + statSync(path.join(root, name)).size, 0);
  table.limit('addon and guard on disk', { ours: bytes / MB, unit: 'MB', atMost: 6 });
}

/** Voluntary context switches: each is a wake-up that went to sleep again. Engine and guard run, no unit does. */
async function wakeUps() {
  const unit = await procman.spawn('cat');
  const pid = guard([stat(unit.pid).ppid]);
  await unit.stop({ force: true });
  // What the end of the unit still sets in motion is over by then.
  await wait(WINDOW_MS / 5);
  const before = switches(pid);
  await wait(WINDOW_MS);
  const after = switches(pid);
  for (const name of ['engine', 'guard']) {
    table.limit(`wake-ups of the ${name} in ${WINDOW_MS / 1000} s without a unit`, { ours: after[name] - before[name], unit: 'times', atMost: 0 });
  }
}

function switches(guardPid) {
  const tasks = readdirSync('/proc/self/task').filter((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim() === ENGINE_THREAD);
  if (tasks.length !== 1) throw new Error(`${tasks.length} threads are called ${ENGINE_THREAD}`);
  const count = (pid) => field(pid, 'status', 'voluntary_ctxt_switches');
  return { engine: count(tasks[0]), guard: count(guardPid) };
}
