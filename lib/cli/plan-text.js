'use strict';

const { EXIT } = require('./exit-codes.js');
const { commandOf } = require('./process-rows.js');

/**
 * A plan as it may be replayed, or for people: who would be stopped, who not, and why. Its status is that of carrying it out.
 * @param {import('../../index.js').KillPlan} plan
 * @param {{terminal: import('./terminal.js').Terminal, exitCode: number}} context
 */
async function printPlan(plan, context) {
  const { terminal } = context;
  const { targets, refused } = plan;
  if (targets.length === 0 && refused.length > 0) context.exitCode = EXIT.REFUSED;
  if (terminal.json) return terminal.printJson(plan);
  const line = (word, style) => ({ process, rule, reasons }) => [
    terminal.labelled(style, word, `${process.pid}  ${commandOf(process)}`),
    ...reasons.map((reason) => terminal.paint('dim', `      ${rule}: ${reason}`)),
  ];
  await terminal.printLines([...targets.flatMap(line('\u2713 would stop', 'green')), ...refused.flatMap(line('\u2717 protected ', 'yellow'))]);
  if (targets.length + refused.length === 0) terminal.note('nobody matches');
  return undefined;
}

module.exports = { printPlan };
