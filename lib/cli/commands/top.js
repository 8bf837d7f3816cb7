'use strict';

const { TopScreen } = require('../top-screen.js');
const { duration, oneOf } = require('../option-values.js');
const { ORDERS } = require('../process-selection.js');
const { UsageError } = require('../usage-error.js');

const DEFAULT_INTERVAL_MS = 2000;
const SHORTEST_MS = 250;

function register(program, context) {
  program
    .command('top')
    .description('Watch processes: redraws until q or Ctrl-C.')
    .option('--managed', 'only what runs under a guard of procman')
    .option('--sort <key>', `order: ${Object.keys(ORDERS).join(', ')}`, oneOf('--sort', Object.keys(ORDERS)), 'cpu')
    .option('--interval <time>', 'between two readings, 250ms or more (default: 2s)', interval)
    .addHelpText('after', HELP)
    .action((options) => top(options, context));
}

const HELP = `
Keys: c, m, a, n, p sort by core, memory, age, name, pid; g shows only what procman guards; q ends.
Needs a terminal; in a pipe use procman ps --sort cpu.

Examples:
  $ procman top
  $ procman top --managed --sort mem --interval 1s`;

function interval(text) {
  const ms = duration('--interval')(text);
  if (ms < SHORTEST_MS) throw new UsageError(`--interval must be ${SHORTEST_MS}ms or more; got '${text}'`, { option: '--interval', value: text });
  return ms;
}

async function top(options, context) {
  const { terminal, stdin, stdout } = context;
  if (terminal.json || stdout.isTTY !== true || stdin.isTTY !== true) {
    throw new UsageError('top needs a terminal; use procman ps --sort cpu [--json] here');
  }
  const screen = new TopScreen({ ...context, api: context.api(), sort: options.sort, managed: options.managed === true, intervalMs: options.interval ?? DEFAULT_INTERVAL_MS });
  context.exitCode = await screen.run();
}

module.exports = { register };
