'use strict';

const { drawForest } = require('../format/forest.js');
const { oneOf } = require('../option-values.js');
const { isKernelThread, managedOnly, ORDERS } = require('../process-selection.js');
const { processRows } = require('../process-rows.js');

function register(program, context) {
  program
    .command('ps')
    .description('List processes as a tree, with memory, age and share of a core.')
    .option('--managed', 'only what runs under a guard of procman, of this or any other host')
    .option('--sort <key>', `a list in this order instead of a tree: ${Object.keys(ORDERS).join(', ')}`, oneOf('--sort', Object.keys(ORDERS)))
    .option('--tree', 'with --sort: a tree all the same, with siblings in that order')
    .option('--all', 'threads of the kernel too')
    .addHelpText('after', HELP)
    .action((options) => ps(options, context));
}

const HELP = `
Colours: yellow from 50 % of a core or 1G of memory, red from 80 % or 8G; zombies, stopped ones and orphans are named.

Examples:
  $ procman ps
  $ procman ps --managed
  $ procman ps --sort mem | head
  $ procman ps --json | jq '.processes[] | select(.orphan).pid'`;

async function ps({ managed = false, sort, tree = false, all = false }, context) {
  const { terminal } = context;
  const everybody = await context.api().listProcesses();
  const visible = all ? everybody : everybody.filter((process) => !isKernelThread(process));
  const processes = managed ? managedOnly(visible) : visible;
  const order = ORDERS[sort];
  if (terminal.json) return terminal.printJson({ processes: order === undefined ? processes : [...processes].sort(order) });
  const entries = order === undefined || tree ? drawForest(processes, order) : [...processes].sort(order).map((process) => ({ process }));
  if (managed && processes.length === 0) terminal.note('no process runs under procman');
  return terminal.printLines(processRows(entries, { now: Date.now(), width: terminal.width, paint: (style, text) => terminal.paint(style, text) }));
}

module.exports = { register };
