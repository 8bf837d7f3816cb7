// What the kernel says of processes, for scripts and tests. Reads /proc; kills nothing.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Pids of all processes that this reader can see. */
export const allPids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);

/** State, parent, group, session and the foreground group of its terminal; null when the process is gone. */
export function stat(pid) {
  try {
    // The name may hold spaces and parentheses: the fields start after the last one.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...numbers] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [ppid, group, session, , foreground] = numbers.map(Number);
    return { pid, state, ppid, group, session, foreground };
  } catch {
    return null;
  }
}

/** True: it runs (a zombie does not). */
export const isAlive = (pid) => !['Z', 'X', undefined].includes(stat(pid)?.state);

/** Everything below `pid`, zombies left out. */
export function descendantsOf(pid) {
  const table = allPids().map(stat).filter(Boolean);
  const found = [];
  for (let parents = [pid]; parents.length > 0; ) {
    const children = table.filter(({ ppid, state }) => parents.includes(ppid) && state !== 'Z');
    found.push(...children.map((child) => child.pid));
    parents = children.map((child) => child.pid);
  }
  return found;
}

/** Live processes of a session. */
export const inSession = (session) => allPids().filter((pid) => isAlive(pid) && stat(pid)?.session === session);

/** Live processes whose environment holds `entry` (`KEY=value`). */
export const withEnvironment = (entry) =>
  allPids().filter((pid) => isAlive(pid) && readSilently(`/proc/${pid}/environ`).split('\0').includes(entry));

/** Live processes that run the program `file`. */
export const running = (file) => allPids().filter((pid) => isAlive(pid) && linkSilently(`/proc/${pid}/exe`).startsWith(file));

function readSilently(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function linkSilently(file) {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
