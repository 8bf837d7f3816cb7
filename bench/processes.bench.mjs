// Listing and stopping the processes of a machine: beside ps-list and a bare read loop, beside cgroup.kill, tree-kill and fkill.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import fkill from 'fkill';
import treeKill from 'tree-kill';
import procman from '../index.js';
import { allPids, descendantsOf } from '../scripts/processes.mjs';
import { median, sample } from './harness.mjs';
import { Table } from './table.mjs';

const LISTED = 2000;
const OTHERS = 5000;
const MANAGED = 20;
const TREE = 1200;
const MANAGED_LISTS = 50;
const PASSES = 5;
const REAP_STEP_MS = 20;

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const stopTree = file('../target/guard/examples/stop_tree');
const readLoop = file('../target/release/examples/read_loop');
const client = file('./clients/list.mjs');

/** A tree of `count` processes that is ready. */
async function grow(count) {
  const root = spawn(stopTree, ['tree', String(count)], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  await once(root.stdout, 'data');
  return root;
}

/** The daemon of the tree has left its lineage; it is found by its program. */
async function fell(root) {
  const processes = await procman.listProcesses();
  return processes.filter(({ exe, ppid, pid }) => exe === stopTree && ppid !== root.pid && pid !== root.pid && ppid === 1);
}

async function end(root) {
  const members = descendantsOf(root.pid);
  const left = await fell(root);
  await procman.killProcessTree(root.pid, { force: true });
  for (const process of left) await procman.killProcessTree(process, { force: true });
  await reaped([...members, ...left.map(({ pid }) => pid)]);
}

function output(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${stderr}`);
  return stdout;
}

/** Passes of a process in whose memory nothing lies yet, like the first list of one. */
const firstPass = (...identity) => median(Array.from({ length: PASSES }, () => Number(output(readLoop, ['1', ...identity]))));
const laterPass = () => median(output(readLoop, [`${1 + PASSES}`]).trim().split('\n').slice(1).map(Number));

async function measureLists() {
  const crowd = await grow(LISTED);
  const results = await sample({
    ours: () => JSON.parse(output(process.execPath, [client])),
    loop: () => firstPass(),
    floor: () => firstPass('pidfd'),
    later: laterPass,
  });
  await end(crowd);
  const of = (name) => median(results.ours.map((result) => result[name]));
  const [loop, floor, later] = [results.loop, results.floor, results.later].map(median);
  const table = new Table(`Listing ${of('count').toLocaleString('en-US')} processes with argv, rss and cpu`);
  table.ratio('list, first', { ours: of('first'), peer: of('psList'), peerName: 'ps-list', unit: 'ms', atMost: 0.15 });
  table.ratio('list, first', { ours: of('first'), peer: loop, peerName: 'two-thread read loop', unit: 'ms', atMost: 1.2 });
  table.told('the same loop with a pidfd of each, which no list can do without', { ours: floor, peer: loop, peerName: 'two-thread read loop', unit: 'ms' });
  table.told('the same beside ps-list', { ours: floor, peer: of('psList'), peerName: 'ps-list', unit: 'ms' });
  table.told('list, second', { ours: of('second'), peer: later, peerName: 'two-thread read loop, later passes', unit: 'ms' });
  table.ratio('list, second', { ours: of('second'), peer: of('first'), peerName: 'the first', unit: 'ms', atMost: 1 });
  table.limit('JS thread, longest turn of its own work', { ours: of('turn'), unit: 'ms', atMost: 1 });
  table.told('longest turn less what the garbage collector had of it', { ours: of('uncollected'), unit: 'ms' });
  table.told('longest turn by the clock, its wait for a core included', { ours: of('delay'), unit: 'ms' });
  table.print();
}

async function measureManaged() {
  const crowd = await grow(OTHERS);
  const units = await Promise.all(Array.from({ length: MANAGED }, () => procman.spawn('sleep', ['600'], { stdio: 'ignore' })));
  await procman.listProcesses({ managed: true });
  const times = [];
  for (let round = 0; round < MANAGED_LISTS; round++) {
    const began = performance.now();
    const listed = await procman.listProcesses({ managed: true });
    times.push(performance.now() - began);
    if (listed.length !== MANAGED) throw new Error(`${listed.length} managed processes were listed, not ${MANAGED}`);
  }
  await Promise.all(units.map((unit) => unit.stop()));
  await end(crowd);
  const table = new Table(`Listing ${MANAGED} managed processes among ${OTHERS.toLocaleString('en-US')} others`);
  table.limit('list({ managed: true }), median', { ours: median(times), unit: 'ms', atMost: 1 });
  table.print();
}

/** The init of this machine may take its time to reap what falls to it; whatever is measured next does not read these zombies, nor share a core with init. */
async function reaped(pids) {
  const gone = new Set(pids);
  while (allPids().some((pid) => gone.has(pid))) await sleep(REAP_STEP_MS);
}

/** Milliseconds of one stop of a fresh tree, and how many of its descendants it left. */
async function stopped(stop) {
  const root = await grow(TREE);
  const members = descendantsOf(root.pid);
  const began = performance.now();
  await stop(root.pid);
  const ms = performance.now() - began;
  const left = descendantsOf(root.pid).length + (await stillThere(members));
  for (const process of await fell(root)) await procman.killProcessTree(process, { force: true });
  await procman.killProcessTree(root.pid, { force: true });
  await reaped(members);
  return { ms, left };
}

async function stillThere(pids) {
  const table = new Map((await procman.listProcesses()).map((process) => [process.pid, process]));
  return pids.filter((pid) => table.get(pid)?.exe === stopTree && table.get(pid).state !== 'zombie').length;
}

function cgroupKill() {
  const line = output(stopTree, [String(TREE), '1']).split('\n').find((row) => row.startsWith('cgroup.kill until empty'));
  return { ms: Number(line.trim().split(/\s+/).at(-3)), left: 0 };
}

async function measureStops() {
  const results = await sample({
    ours: () => stopped((pid) => procman.killProcessTree(pid, { force: true })),
    kernel: cgroupKill,
  });
  // One of each: the one takes half a minute, the other stops nobody but the root.
  const peers = {
    'tree-kill': await stopped((pid) => promisify(treeKill)(pid, 'SIGKILL')),
    fkill: await stopped((pid) => fkill(pid, { force: true })),
  };
  const of = (name, field) => median(results[name].map((result) => result[field]));
  const table = new Table(`Stopping a foreign tree of ${TREE.toLocaleString('en-US')} processes`);
  const ours = of('ours', 'ms');
  table.ratio('killProcessTree by force', { ours, peer: of('kernel', 'ms'), peerName: 'cgroup.kill', unit: 'ms', atMost: 3 });
  const left = results.ours.reduce((sum, result) => sum + result.left, 0);
  table.limit('descendants left, all rounds', { ours: left, unit: 'processes', atMost: 0 });
  for (const [name, { ms, left: peerLeft }] of Object.entries(peers)) {
    table.told(`beside ${name}, which left ${peerLeft}`, { ours, peer: ms, peerName: name, unit: 'ms' });
  }
  table.print();
}

// Stops first: the crowds of the lists are zombies for a while when they end, and every look at the machine reads zombies too.
await measureStops();
await measureLists();
await measureManaged();
await procman.shutdown();
