'use strict';

const { abortOnSignals } = require('../abort-on-signals.js');
const { planOfExceeded } = require('../enforcement.js');
const { EXIT } = require('../exit-codes.js');
const { reportLines, statusOfLevel } = require('../monitor-text.js');
const { duration } = require('../option-values.js');
const { printStop } = require('../stop-report.js');
const { UsageError } = require('../usage-error.js');

function register(program, context) {
  program
    .command('health')
    .description('Look once whether processes use too much, and end with a status by level. Stops nobody without --enforce.')
    .option('--quick', 'one sample, in which what is seen counts')
    .option('--enforce', 'stop who exceeds a limit for long enough, if no rule protects them')
    .option('--grace <time>', 'with --enforce: how long they may take to end (default: 2s)', duration('--grace'))
    .option('--dry-run', 'with --enforce: tell who would be stopped, and stop nobody')
    .addHelpText('after', HELP)
    .action((options) => health(options, context));
}

const HELP = `
Exit status 0 (ok), 10 (warning) or 11 (critical); 5 if somebody that was to be stopped survives. MAX_MEMORY_MB (8192) and
MAX_CPU_PERCENT (80) are the limits. Runs may overlap: each stops only the very processes that it saw, and leaves alone whom another
run is stopping.

Examples:
  $ procman health
  $ procman health --quick --json | jq -r .level
  $ procman health --enforce --dry-run
  */5 * * * * procman health --enforce >> "$HOME/health.log" 2>&1`;

async function health({ quick = false, enforce = false, dryRun = false, grace }, context) {
  if (quick && enforce) throw new UsageError('--quick and --enforce exclude each other: one sample is no reason to stop anybody');
  if (dryRun && !enforce) throw new UsageError('--dry-run needs --enforce; without that nobody is stopped anyway');
  const { terminal } = context;
  const api = context.api();
  const report = await new api.ProcessMonitor({ dryRun: true }).check({ quick });
  context.exitCode = statusOfLevel(report.level);
  const stop = enforce && report.exceeded.length > 0 ? await enforceLimits(report, { dryRun, grace }, api, context) : undefined;
  if (terminal.json) return terminal.printJson(stop === undefined ? report : { ...report, stop });
  await terminal.printLines(reportLines(report, { terminal }));
  return stop === undefined ? undefined : printStop(stop, { terminal, dryRun });
}

async function enforceLimits({ exceeded }, { dryRun, grace }, api, context) {
  const abort = abortOnSignals(context);
  try {
    const stop = await api.executePlan(planOfExceeded(exceeded), { dryRun, signal: abort.signal, ...(grace === undefined ? {} : { graceMs: grace }) });
    if (stop.survivors.length > 0) context.exitCode = EXIT.SURVIVORS;
    return stop;
  } finally {
    abort.dispose();
  }
}

module.exports = { register };
