'use strict';
// Which processes a list shows, as what, and in which order.

/** The kernel's name of the process above each unit. */
const SHIM = 'procman-shim';

/** Keys of --sort; the largest first, names and pids from the start. */
const ORDERS = Object.freeze({
  cpu: (one, other) => other.cpuPercent - one.cpuPercent || one.pid - other.pid,
  mem: (one, other) => other.rssBytes - one.rssBytes || one.pid - other.pid,
  age: (one, other) => one.startedAt - other.startedAt || one.pid - other.pid,
  name: (one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)) || one.pid - other.pid,
  pid: (one, other) => one.pid - other.pid,
});

/** The kernel's own have neither a command line nor a program. Nor has a zombie, which may have such a number in a pid namespace. */
const isKernelThread = ({ pid, ppid, argv, exe, state }) => (pid === 2 || ppid === 2) && argv.length === 0 && exe === undefined && state !== 'zombie';

/** The state is that of the first thread; the process lives as long as any. */
const isZombie = ({ state, threads }) => state === 'zombie' && threads <= 1;
const isLeaderless = ({ state, threads }) => state === 'zombie' && threads > 1;

/** Guards, shims, and everybody below a shim. */
function managedOnly(processes) {
  const known = new Map(processes.map((process) => [process.pid, process]));
  const verdicts = new Map();
  return processes.filter((process) => isGuard(process) || isBelowShim(process, known, verdicts));
}

const isGuard = ({ name }) => name === SHIM || name === 'procman-guard';

function isBelowShim(process, known, verdicts) {
  const path = [];
  let above = process;
  while (above !== undefined && !verdicts.has(above.pid)) {
    path.push(above.pid);
    verdicts.set(above.pid, above.name === SHIM);
    above = above.name === SHIM ? undefined : known.get(above.ppid);
  }
  const verdict = above === undefined ? verdicts.get(path.at(-1)) : verdicts.get(above.pid);
  for (const pid of path) verdicts.set(pid, verdict);
  return verdict;
}

module.exports = { ORDERS, isKernelThread, isLeaderless, isZombie, managedOnly };
