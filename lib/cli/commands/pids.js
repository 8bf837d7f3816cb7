'use strict';

const { abortOnSignals } = require('../abort-on-signals.js');
const { EXIT } = require('../exit-codes.js');
const { formatColumns } = require('../format/columns.js');
const { printable } = require('../format/printable.js');
const { formatBytes, formatDuration } = require('../format/quantities.js');
const { duration } = require('../option-values.js');
const { PIDS_FILE } = require('../pids-file.js');
const { commandOf } = require('../process-rows.js');
const { stopEach } = require('../stop-each.js');
const { printStop, statusOfStop } = require('../stop-report.js');
const { UsageError } = require('../usage-error.js');

const STYLES = Object.freeze({ running: 'green', gone: 'dim', reused: 'yellow', uncertain: 'yellow' });

function register(program, context) {
  program
    .command('pids')
    .description('Show who of a list of pids still runs; with --stop, stop them with all that they started.')
    .argument('[file]', 'the list; .groups and .services beside it are read too', PIDS_FILE)
    .option('--stop', 'stop those that run, then remove the files')
    .option('--force', 'with --stop: SIGKILL at once')
    .option('--grace <time>', 'with --stop: how long they may take to end (default: 2s)', duration('--grace'))
    .option('--dry-run', 'with --stop: tell what would be done')
    .addHelpText('after', HELP)
    .action((file, options) => pids(file, options, context));
}

const HELP = `
A pid that another process has by now is shown as reused, one that may be the recorded one or not as uncertain; neither is stopped. Identities are known
of what saveProcessTree() recorded; of what a shell wrote only the times tell. With --stop the exit status is 5 if somebody survives, an uncertain
one among them.

Examples:
  $ procman pids
  $ procman pids .pids/services.pids --json | jq '.[] | select(.state == "running").service'
  $ procman pids --stop --grace 10s`;

async function pids(file, options, context) {
  checkUse(options);
  const { terminal } = context;
  const api = context.api();
  const recorded = await api.readProcessTrees(file);
  if (options.stop) return stop(file, recorded, options, context);
  if (terminal.json) return terminal.printJson(recorded);
  if (recorded.length === 0) terminal.note(`${file} lists no process`);
  const rows = recorded.map((each) => row(each, Date.now()));
  return terminal.printLines(formatColumns(rows, { width: terminal.width, right: [1, 2, 4, 5], paint: (style, text) => terminal.paint(style, text) }));
}

function checkUse({ stop: stops = false, force, grace, dryRun }) {
  const idle = Object.entries({ '--force': force, '--grace': grace, '--dry-run': dryRun }).find(([, value]) => value !== undefined);
  if (!stops && idle !== undefined) throw new UsageError(`${idle[0]} needs --stop; without that nobody is stopped anyway`);
}

function row({ service, pid, pgid, state, process }, now) {
  const running = state === 'running' && process !== null;
  return [
    printable(service ?? '-'),
    String(pid),
    pgid === null ? '-' : String(pgid),
    { text: state, style: STYLES[state] },
    running ? formatBytes(process.rssBytes) : '-',
    running ? formatDuration(now - process.startedAt) : '-',
    process === null ? '-' : commandOf(process),
  ];
}

async function stop(file, recorded, { force = false, grace, dryRun = false }, context) {
  const { terminal } = context;
  const api = context.api();
  const running = recorded.filter(({ state, process }) => state === 'running' && process !== null);
  const abort = abortOnSignals(context);
  try {
    const options = { force, dryRun, signal: abort.signal, ...(grace === undefined ? {} : { graceMs: grace }) };
    const report = await stopEach(running.map(({ process }) => process), (process) => api.killProcessTree(process, options), { terminal, dryRun });
    const files = await api.sweepFiles({ folders: [], pidsFiles: [file], dryRun });
    context.exitCode ||= statusOfStop(report);
    // It may be the recorded one, and it lives.
    if (recorded.some(({ state }) => state === 'uncertain')) context.exitCode ||= EXIT.SURVIVORS;
    if (terminal.json) return await terminal.printJson({ ...report, files });
    await printStop(report, { terminal, dryRun });
    for (const { path, reason } of files.kept) if (!dryRun) terminal.warn(`${path} is kept: ${reason}`);
  } finally {
    abort.dispose();
  }
}

module.exports = { register };
