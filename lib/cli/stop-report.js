'use strict';
// What a stop did, for people, and the exit status that it means.

const { EXIT } = require('./exit-codes.js');
const { commandOf } = require('./process-rows.js');

/**
 * Prints one report; `dryRun`: what would be done.
 * @param {import('../../index.js').StopReport} report
 */
async function printStop(report, { terminal, dryRun = false }) {
  const { stopped, forced, survivors, refused, durationMs } = report;
  const lines = [
    ...stopped.map((process) => [dryRun ? 'would stop' : 'stopped', 'green', process]),
    ...forced.map((process) => [dryRun ? 'would kill' : 'killed', 'yellow', process]),
    ...survivors.map(({ process, reason }) => ['survived', 'red', process, reason]),
  ].map((entry) => line(entry, terminal));
  const protectedOnes = refused.map(({ pid, reason }) => terminal.labelledWhole('yellow', 'refused', `${pid}  ${reason}`));
  await terminal.printLines([...lines, ...protectedOnes]);
  if (lines.length + protectedOnes.length === 0) terminal.note('nothing to stop');
  else if (!dryRun && lines.length > 1) terminal.note(`${stopped.length + forced.length} ended in ${Math.round(durationMs)} ms`);
}

/** On a terminal a command line gives way; a reason does not. */
function line([word, style, process, reason], terminal) {
  const text = `${process.pid}  ${commandOf(process)}`;
  return reason === undefined ? terminal.labelled(style, word, text) : terminal.labelledWhole(style, word, `${text}: ${reason}`);
}

/** Somebody who should be gone and is not is no success. */
const statusOfStop = ({ survivors, refused, stopped, forced }) => {
  if (survivors.length > 0) return EXIT.SURVIVORS;
  return refused.length > 0 && stopped.length + forced.length === 0 ? EXIT.REFUSED : EXIT.OK;
};

module.exports = { printStop, statusOfStop };
