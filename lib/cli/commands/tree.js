'use strict';

const { drawForest } = require('../format/forest.js');
const { EXIT } = require('../exit-codes.js');
const { pid: pidValue } = require('../option-values.js');
const { processRows } = require('../process-rows.js');

function register(program, context) {
  program
    .command('tree')
    .description('Show a process with everybody below it.')
    .argument('<pid>', 'the process', pidValue)
    .addHelpText('after', HELP)
    .action((pid) => tree(pid, context));
}

const HELP = `
Exit status 1 if there is no such process.

Examples:
  $ procman tree 4242
  $ procman tree $$ --json | jq '[.processes[].rssBytes] | add'`;

async function tree(pid, context) {
  const { terminal } = context;
  const processes = await context.api().getDescendants(pid);
  if (processes.length === 0) context.exitCode = EXIT.FAILURE;
  if (terminal.json) return terminal.printJson({ processes });
  if (processes.length === 0) return terminal.note(`no process has pid ${pid}`);
  return terminal.printLines(processRows(drawForest(processes), { now: Date.now(), width: terminal.width, paint: (style, text) => terminal.paint(style, text) }));
}

module.exports = { register };
