'use strict';

const { Argument } = require('commander');
const { planOfExceeded } = require('../enforcement.js');
const { exceededLine, orphanLine, reportLines, statusOfLevel } = require('../monitor-text.js');
const { onSignals } = require('../on-signals.js');
const { duration } = require('../option-values.js');
const { printStop } = require('../stop-report.js');
const { UsageError } = require('../usage-error.js');

function register(program, context) {
  program
    .command('monitor')
    .description('Watch processes for too much memory, processor time and age; check looks once, start goes on until it is ended.')
    .addArgument(new Argument('<what>', 'check: one pass; start: until Ctrl-C or SIGTERM').choices(['check', 'start']))
    .option('--interval <time>', 'between two samples, 100ms or more (default: 5s)', duration('--interval'))
    .option('--log <file>', 'take the lines of the audit log here, those of stops too')
    .option('--enforce', 'with start: stop who exceeds a limit for long enough, if no rule protects them')
    .addHelpText('after', HELP)
    .action((what, _options, command) => actions[what](command.optsWithGlobals(), context));
}

const HELP = `
check ends with 0 (ok), 10 (warning) or 11 (critical). With --json, start prints a line of JSON for each event.

Examples:
  $ procman monitor check
  $ procman monitor start --interval 10s --log /tmp/process-monitor.log
  $ procman monitor start --json | jq -c 'select(.event == "exceeded")'`;

const actions = { check, start };

async function check({ interval, log, enforce }, context) {
  if (enforce) throw new UsageError('--enforce goes with start; to look once and stop who exceeds a limit, use procman health --enforce');
  const { terminal } = context;
  const report = await new (context.api().ProcessMonitor)({ dryRun: true, ...monitorOptions(interval, log) }).check();
  context.exitCode = statusOfLevel(report.level);
  if (terminal.json) await terminal.printJson(report);
  else await terminal.printLines(reportLines(report, { terminal }));
}

/** Resolves when a signal asks for the end: to be ended is how a monitor does its work, so the status is 0. */
async function start({ interval, log, enforce = false, config }, context) {
  const api = context.api();
  // The stops are not the monitor's own, and go where all stops go.
  if (log !== undefined) api.configure({ ...(config === undefined ? {} : { configPath: config }), auditLog: log });
  const monitor = new api.ProcessMonitor({ dryRun: !enforce, ...monitorOptions(interval, log) });
  const ended = new Promise((resolve) => {
    const signals = onSignals(context.signals, () => (signals.dispose(), resolve()));
  });
  const tell = teller(context.terminal);
  monitor.on('exceeded', (exceeded) => {
    void tell.exceeded(exceeded);
    if (enforce) void api.executePlan(planOfExceeded([exceeded])).then(tell.stopped, tell.failed);
  });
  for (const event of ['zombie', 'orphan', 'stopped']) monitor.on(event, (data) => void tell[event](data));
  // The monitor's own timers keep no process alive.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  monitor.start();
  context.terminal.note('watching; Ctrl-C ends it');
  await ended;
  clearInterval(alive);
  monitor.stop();
}

function monitorOptions(interval, logFile) {
  return { ...(interval === undefined ? {} : { interval }), ...(logFile === undefined ? {} : { logFile }) };
}

function teller(terminal) {
  const json = (event) => (data) => terminal.print(`${JSON.stringify({ event, at: new Date().toISOString(), data })}\n`);
  if (terminal.json) return { exceeded: json('exceeded'), zombie: json('zombie'), orphan: json('orphan'), stopped: json('stopped'), failed: (error) => json('error')({ code: error.code, message: error.message }) };
  return {
    exceeded: (exceeded) => terminal.printLines([exceededLine(exceeded, terminal)]),
    zombie: ({ pid, ppid, name }) => terminal.printLines([terminal.labelledWhole('yellow', 'zombie', `${pid} [${name}], of parent ${ppid}`)]),
    orphan: (process) => terminal.printLines([orphanLine(process, terminal)]),
    stopped: (report) => printStop(report, { terminal }),
    failed: (error) => terminal.warn(error.message),
  };
}

module.exports = { register };
