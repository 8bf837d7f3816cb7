// What a process has below it: how many processes, and how much memory they hold together.
import { readFileSync } from 'node:fs';

import { descendantsOf } from '../scripts/processes.mjs';

const MB = 1024;

/** Processes below this one, and the sum of what each alone would free: shared pages count in shares, as PSS does. */
export function resources() {
  const pids = descendantsOf(process.pid);
  return { processes: pids.length, megabytes: pids.reduce((sum, pid) => sum + pss(pid), 0) / MB };
}

function pss(pid) {
  try {
    return Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
  } catch {
    // It ended between the list and the look.
    return 0;
  }
}
