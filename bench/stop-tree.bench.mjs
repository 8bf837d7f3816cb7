// Stopping a tree of 1 200 processes with a double-forked session leader, beside `cgroup.kill` of the same tree.
//
// The measuring is `examples/stop_tree.rs`, in Rust because Node could not fork the tree fast enough; one run of it is one round.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { median, sample } from './harness.mjs';
import { Table } from './table.mjs';

const PROCESSES = 1200;
/** Built with the guard's profile, so that the guard beside it is the one that is shipped. */
const program = fileURLToPath(new URL('../target/guard/examples/stop_tree', import.meta.url));
const LINES = { kernel: 'cgroup.kill until empty', bare: 'procman, PROCMAN_CGROUP=off', cgroup: 'procman, with a cgroup' };

function round() {
  const { stdout, stderr, status } = spawnSync(program, [String(PROCESSES), '1'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with status ${status}: ${stderr}`);
  return Object.fromEntries(Object.entries(LINES).map(([name, title]) => [name, parse(stdout, title)]));
}

/** A printed row: the title, median and worst milliseconds, how many were left. */
function parse(text, title) {
  const line = text.split('\n').find((candidate) => candidate.startsWith(title));
  const [ms, , left] = (line ?? '').slice(title.length).trim().split(/\s+/).map(Number);
  if (!Number.isFinite(ms) || !Number.isInteger(left)) throw new Error(`no row "${title}" in:\n${text}`);
  return { ms, left };
}

const { rounds } = await sample({ rounds: round });
const values = (name, field) => rounds.map((result) => result[name][field]);
const peer = { peer: median(values('kernel', 'ms')), peerName: 'cgroup.kill', unit: 'ms', atMost: 2 };

const table = new Table(`Stopping a tree of ${PROCESSES.toLocaleString('en-US')} processes`);
for (const [name, title] of [['bare', 'without a cgroup'], ['cgroup', 'with a cgroup']]) {
  table.ratio(`stop, ${title}`, { ours: median(values(name, 'ms')), ...peer });
  table.limit(`left, ${title}, all rounds`, { ours: values(name, 'left').reduce((sum, left) => sum + left), unit: 'processes', atMost: 0 });
}
table.print();
