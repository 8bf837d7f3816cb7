'use strict';

const { abortOnSignals } = require('../abort-on-signals.js');
const { duration, pid: pidValue, signalName } = require('../option-values.js');
const { readPlan } = require('../plan-file.js');
const { printPlan } = require('../plan-text.js');
const { stopEach } = require('../stop-each.js');
const { printStop, statusOfStop } = require('../stop-report.js');
const { UsageError } = require('../usage-error.js');

function register(program, context) {
  program
    .command('kill')
    .description('Stop processes with all that they started: SIGTERM, a grace, SIGKILL. Never a protected one.')
    .argument('[pids...]', 'who', (text, earlier = []) => [...earlier, pidValue(text)])
    .option('--match <program>', 'everybody who runs this program, or this script (repeatable)', (text, earlier = []) => [...earlier, text])
    .option('--plan <file>', 'exactly whom a plan of --dry-run --json names, if they are still the same')
    .option('--group', 'the numbers are process groups')
    .option('--force', 'SIGKILL at once')
    .option('--grace <time>', 'how long they may take to end (default: 2s)', duration('--grace'))
    .option('--signal <name>', 'the first signal (default: SIGTERM)', signalName('--signal'))
    .option('--dry-run', 'tell who would be stopped, and stop nobody')
    .addHelpText('after', HELP)
    .action((pids, options) => kill(pids, options, context));
}

const HELP = `
Exit status 5 if somebody survives, 6 if everybody is protected. --match finds programs by name, and the script behind node, sh or
python; never by a word on the command line.

Examples:
  $ procman kill 4242 --grace 15s
  $ procman kill --match vitest --dry-run
  $ procman kill --match vitest --dry-run --json > plan.json && procman kill --plan plan.json
  $ procman kill --group 4242 --force`;

async function kill(pids, options, context) {
  const how = howToKill(pids, options);
  const abort = abortOnSignals(context);
  try {
    await how(context.api(), { options, pids, context, stop: stopOptions(options, abort.signal) });
  } finally {
    abort.dispose();
  }
}

function howToKill(pids, { match, plan, group }) {
  const ways = [pids.length > 0, match !== undefined, plan !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new UsageError(`name whom to stop in one way: pids, --match or --plan; got ${ways === 0 ? 'none' : 'several'}`);
  if (group && pids.length === 0) throw new UsageError('--group needs the number of a process group');
  if (plan !== undefined) return killByPlan;
  return match === undefined ? killByNumber : killByProgram;
}

function stopOptions({ force = false, grace, signal: killSignal, dryRun = false }, signal) {
  const given = { graceMs: grace, killSignal };
  return { force, dryRun, signal, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

async function killByNumber(api, { options, pids, context, stop }) {
  const stopOne = (pid) => (options.group ? api.killProcessGroup(pid, stop) : api.killProcessTree(pid, stop));
  // The refusal of one alone is the answer, an error as of the API; among several it is a line of their report.
  const report = pids.length === 1 ? await stopOne(pids[0]) : await stopEach(pids, stopOne, { terminal: context.terminal, dryRun: stop.dryRun });
  await tell(report, context, stop);
}

async function killByProgram(api, { options, context, stop }) {
  const plan = await api.planKill(options.match.map((program) => ({ name: program, match: { program } })));
  if (stop.dryRun) return printPlan(plan, context);
  return tell(await api.executePlan(plan, stop), context, stop);
}

/** Dry or not, the engine looks at everybody again: a plan that is shown as it was made would promise what is refused. */
async function killByPlan(api, { options, context, stop }) {
  await tell(await api.executePlan(readPlan(options.plan), stop), context, stop);
}

async function tell(report, context, { dryRun }) {
  context.exitCode ||= statusOfStop(report);
  if (context.terminal.json) await context.terminal.printJson(report);
  else await printStop(report, { terminal: context.terminal, dryRun });
}

module.exports = { register };
