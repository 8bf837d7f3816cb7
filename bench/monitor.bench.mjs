// What watching the machine costs: a monitor with the default rules beside a timer around ps-list, and whether it grows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import psList from 'ps-list';
import procman from '../index.js';
import { median, ROUNDS } from './harness.mjs';
import { Table } from './table.mjs';

const CROWD = 500;
const INTERVAL_MS = 1000;
const WINDOW_MS = 10_000;
/** An hour's samples are those of 10 minutes at ten times the rate, here and by default of one. */
const GROWTH_INTERVAL_MS = 100;
const GROWTH_MS = process.env.PROCMAN_SOAK === '1' ? 600_000 : 60_000;
const MB = 2 ** 20;
/** Of /proc/<pid>/stat. */
const TICKS_PER_SECOND = 100;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const crowd = spawn('sh', ['-c', `for i in $(seq ${CROWD}); do sleep 1000 & done; echo; wait`], { stdio: ['ignore', 'pipe', 'inherit'] });
await once(crowd.stdout, 'data');
try {
  await cost();
  await growth();
} finally {
  await procman.killProcessTree(crowd.pid, { force: true });
  await procman.shutdown();
}

/** Seconds on a core of this process with all its threads, and of the children that it waited for. */
function cpuSeconds() {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const own = process.cpuUsage();
  return (own.user + own.system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** Percent of a core while `start` runs; what it returns stops it. */
async function load(start) {
  const stop = await start();
  const [cpu, began] = [cpuSeconds(), performance.now()];
  await wait(WINDOW_MS);
  const percent = (100 * (cpuSeconds() - cpu)) / ((performance.now() - began) / 1000);
  await stop();
  return percent;
}

async function monitored(interval) {
  const monitor = new procman.ProcessMonitor({ interval });
  monitor.start();
  // The first sample reads what the later ones keep.
  const [{ processes }] = await once(monitor, 'sample');
  return { processes, monitor };
}

async function cost() {
  const shares = { ours: [], peer: [], idle: [] };
  let seen;
  for (let round = 0; round < Math.min(ROUNDS, 3); round += 1) {
    shares.idle.push(await load(() => () => {}));
    shares.ours.push(
      await load(async () => {
        const { processes, monitor } = await monitored(INTERVAL_MS);
        seen = processes;
        return () => monitor.stop();
      }),
    );
    shares.peer.push(
      await load(async () => {
        await psList();
        const timer = setInterval(psList, INTERVAL_MS);
        return () => clearInterval(timer);
      }),
    );
  }
  const idle = median(shares.idle);
  const table = new Table(`A monitor with the default rules, one sample a second over ${seen} processes`);
  table.limit('processor, all threads', { ours: (median(shares.ours) - idle) * (CROWD / seen), unit: `% of a core for ${CROWD}`, atMost: 0.5 });
  table.told('the same of the whole machine', { ours: median(shares.ours) - idle, peer: median(shares.peer) - idle, peerName: 'a timer around ps-list', unit: '% of a core' });
  table.print();
}

async function growth() {
  const { monitor } = await monitored(GROWTH_INTERVAL_MS);
  let samples = 0;
  monitor.on('sample', () => (samples += 1));
  const resident = () => {
    collectGarbage();
    return process.memoryUsage().rss / MB;
  };
  // Buffers and caches have their size by then.
  await wait(GROWTH_MS / 4);
  const before = resident();
  await wait((GROWTH_MS * 3) / 4);
  const grown = resident() - before;
  monitor.stop();
  const table = new Table(`The same monitor for ${GROWTH_MS / 1000} s at ten times the rate`);
  table.told('samples', { ours: samples, unit: 'samples' });
  table.limit('growth of resident memory after the first quarter', { ours: grown, unit: 'MiB', atMost: 2 });
  table.print();
}
