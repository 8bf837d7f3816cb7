'use strict';
// How a process looks in a list: the same columns and colours in every command.

const { formatColumns } = require('./format/columns.js');
const { printable } = require('./format/printable.js');
const { formatBytes, formatDuration, formatPercent } = require('./format/quantities.js');
const { isLeaderless } = require('./process-selection.js');

const HEAD = ['PID', 'CPU%', 'MEM', 'AGE', 'COMMAND'];
const RIGHT = [0, 1, 2, 3];

/** From here on a number is coloured. */
const LEVELS = Object.freeze({
  cpuPercent: { yellow: 50, red: 80 },
  rssBytes: { yellow: 2 ** 30, red: 8 * 2 ** 30 },
});

/** States that a person should see. */
const NOTES = Object.freeze({ zombie: ['red', 'zombie'], stopped: ['yellow', 'stopped'], 'disk-sleep': ['yellow', 'stuck in the kernel'] });
const LEADERLESS = Object.freeze(['yellow', 'first thread ended']);

/**
 * @param {{process: import('../../index.js').ProcessInfo, branch?: string, note?: string}[]} entries
 * @param {{now: number, width?: number, paint?: (style: string, text: string) => string}} options
 * @returns {string[]} the head and a line for each
 */
function processRows(entries, { now, width, paint }) {
  const rows = entries.map(({ process, branch = '', note }) => [
    String(process.pid),
    level('cpuPercent', process, formatPercent(process.cpuPercent)),
    level('rssBytes', process, formatBytes(process.rssBytes)),
    formatDuration(now - process.startedAt),
    commandCell(process, branch, note),
  ]);
  return formatColumns([HEAD.map((text) => ({ text, style: 'bold' })), ...rows], { width, right: RIGHT, paint });
}

function level(measure, process, text) {
  const { yellow, red } = LEVELS[measure];
  const value = process[measure];
  if (value >= red) return { text, style: 'red' };
  return value >= yellow ? { text, style: 'yellow' } : text;
}

function commandCell(process, branch, note) {
  const [style, stateNote] = stateOf(process);
  const notes = [stateNote, note].filter((each) => each !== undefined);
  const text = `${branch}${notes.length === 0 ? '' : `(${notes.join(', ')}) `}${commandOf(process)}`;
  return style === undefined ? text : { text, style };
}

function stateOf(process) {
  if (isLeaderless(process)) return LEADERLESS;
  return NOTES[process.state] ?? (process.orphan ? ['yellow', 'orphan'] : []);
}

/** Shims are forked from their guard, whose command line they show. */
const SHIM = 'procman-shim';

/** The command line, or the kernel's name where that says more. */
const commandOf = ({ argv, name }) => printable(argv.length === 0 || name === SHIM ? `[${name}]` : argv.join(' '));

module.exports = { processRows, commandOf };
