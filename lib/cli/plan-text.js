'use strict';

const { commandOf } = require('./process-rows.js');

/**
 * A plan as it may be replayed, or for people: who would be stopped, who not, and why.
 * @param {import('../../index.js').KillPlan} plan
 */
async function printPlan(plan, { terminal }) {
  if (terminal.json) return terminal.printJson(plan);
  const { targets, refused } = plan;
  const line = (word, style) => ({ process, rule, reasons }) => [
    terminal.labelled(style, word, `${process.pid}  ${commandOf(process)}`),
    ...reasons.map((reason) => terminal.paint('dim', `      ${rule}: ${reason}`)),
  ];
  await terminal.printLines([...targets.flatMap(line('\u2713 would stop', 'green')), ...refused.flatMap(line('\u2717 protected ', 'yellow'))]);
  if (targets.length + refused.length === 0) terminal.note('nobody matches');
  return undefined;
}

module.exports = { printPlan };
