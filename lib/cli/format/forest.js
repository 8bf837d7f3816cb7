'use strict';
// Processes as a tree of text. Pure.

const MIDDLE = '\u251c\u2500 ';
const LAST = '\u2514\u2500 ';
const BESIDE = '\u2502  ';
const AFTER_LAST = '   ';

/**
 * Puts children below their parents. A list that was read while it changed may name parents that are strangers, or a ring of them: everybody is there
 * exactly once all the same.
 * @template {{pid: number, ppid: number, startedAt: number}} P
 * @param {P[]} processes
 * @param {(one: P, other: P) => number} [order] of siblings
 * @returns {{process: P, branch: string}[]} `branch`: what is drawn before the name
 */
function drawForest(processes, order = byPid) {
  const known = new Map(processes.map((process) => [process.pid, process]));
  const children = new Map();
  const roots = [];
  for (const process of processes) {
    const parent = parentOf(process, known);
    if (parent === undefined) roots.push(process);
    else if (children.has(parent.pid)) children.get(parent.pid).push(process);
    else children.set(parent.pid, [process]);
  }
  const lines = [];
  const drawn = new Set();
  // A stack of our own: chains of processes can be longer than the engine's.
  const draw = (root) => {
    const open = [{ process: root, branch: '', below: '' }];
    while (open.length > 0) {
      const { process, branch, below } = open.pop();
      if (drawn.has(process.pid)) continue;
      drawn.add(process.pid);
      lines.push({ process, branch });
      const last = (children.get(process.pid) ?? []).sort(order).reverse();
      last.forEach((child, index) => open.push({ process: child, branch: below + (index === 0 ? LAST : MIDDLE), below: below + (index === 0 ? AFTER_LAST : BESIDE) }));
    }
  };
  for (const root of roots.sort(order)) draw(root);
  // Who is in a ring has no root.
  for (const process of processes) if (!drawn.has(process.pid)) draw(process);
  return lines;
}

/** Nobody is older than the parent that started it. */
function parentOf(process, known) {
  const parent = known.get(process.ppid);
  return parent !== undefined && parent !== process && parent.startedAt <= process.startedAt ? parent : undefined;
}

const byPid = (one, other) => one.pid - other.pid;

module.exports = { drawForest };
