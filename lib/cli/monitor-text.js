'use strict';
// What a monitor saw, for people, and the exit status that it means.

const { reasonOf } = require('./enforcement.js');
const { EXIT } = require('./exit-codes.js');
const { commandOf } = require('./process-rows.js');

const LEVELS = Object.freeze({ ok: ['green', EXIT.OK], warning: ['yellow', EXIT.WARNING], critical: ['red', EXIT.CRITICAL] });

const statusOfLevel = (level) => LEVELS[level][1];

/**
 * @param {import('../../index.js').MonitorReport} report
 * @param {{terminal: import('./terminal.js').Terminal}} options
 * @returns {string[]} first the level, then a line for each thing that a person should see
 */
function reportLines({ level, processes, development, exceeded, alerts, zombies, orphans }, { terminal }) {
  const [style] = LEVELS[level];
  return [
    `${terminal.paint(style, level)}  ${processes} processes, ${development.count} of development with ${Math.round(development.memoryMB)} MB`,
    ...exceeded.map((each) => exceededLine(each, terminal)),
    ...alerts.map(({ message }) => terminal.labelledWhole('yellow', 'alert', message)),
    ...zombies.map(({ pid, ppid, name }) => terminal.labelledWhole('yellow', 'zombie', `${pid} [${name}] is dead; its parent ${ppid} does not take it away`)),
    ...orphans.map((process) => orphanLine(process, terminal)),
  ];
}

const exceededLine = ({ rule, process, ...facts }, terminal) => terminal.labelled('red', 'exceeds', `${process.pid}  ${rule}: ${reasonOf(facts)}: ${commandOf(process)}`);

const orphanLine = (process, terminal) => terminal.labelled('yellow', 'orphan', `${process.pid}  ${commandOf(process)}`);

module.exports = { exceededLine, orphanLine, reportLines, statusOfLevel };
