'use strict';
// What monitors and cleanups saw and did, as lines of a log. Pure. Processes are named by program and pid: command lines may hold secrets.

const named = ({ pid, name }) => `${name} (pid ${pid})`;
const listed = (processes) => processes.map(named).join(', ');

const UNITS = { memory: 'MB', cpu: '%', age: 'ms' };

/** Event of a monitor → level and text. */
const LINES = {
  exceeded: ({ rule, process, measure, value, limit, action }) => [
    ['warn', `rule '${rule}': ${measure} of ${named(process)} is ${value} ${UNITS[measure]}, above ${limit} (${action})`],
  ],
  stopped: stopLines,
  restarted: ({ rule, process, server }) => [['info', `rule '${rule}': ${named(process)}, an instance of '${server}', is being replaced`]],
  zombie: (process) => [['info', `${named(process)} is a zombie: its parent ${process.ppid} has not collected it`]],
  orphan: (process) => [['info', `${named(process)} is an orphan`]],
};

/** @returns {[level: string, text: string][]} */
const monitorLines = (event, data) => (Object.hasOwn(LINES, event) ? LINES[event](data) : []);

/** What a stop did, where it did anything. */
function stopLines({ stopped, forced, survivors }) {
  const lines = [];
  if (stopped.length > 0) lines.push(['info', `stopped ${listed(stopped)}`]);
  if (forced.length > 0) lines.push(['info', `killed ${listed(forced)}`]);
  for (const { process, reason } of survivors) lines.push(['warn', `${named(process)} could not be stopped: ${reason}`]);
  return lines;
}

module.exports = { monitorLines, stopLines };
