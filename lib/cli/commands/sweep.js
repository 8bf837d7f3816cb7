'use strict';

const { existsSync } = require('node:fs');
const { printStop, statusOfStop } = require('../stop-report.js');
const { duration } = require('../option-values.js');
const { PIDS_FILE } = require('../pids-file.js');

function register(program, context) {
  program
    .command('sweep')
    .description('Stop what is left of units whose host and guard died together; with --files, remove files that are nobody\'s.')
    .option('--dry-run', 'tell what would be done, and do nothing')
    .option('--grace <time>', 'how long leftovers may take to end after SIGTERM before SIGKILL (default: 2s)', duration('--grace'))
    .option('--files [folder...]', `also remove stale *.mcp.sock in these folders (default: those for temporary files), and ${PIDS_FILE}`)
    .addHelpText('after', HELP)
    .action((options) => sweep(options, context));
}

const HELP = `
Only processes that carry the mark of a guard which is provably gone, as is its host, are stopped. Exit status 5 if one survives.

Examples:
  $ procman sweep --dry-run
  $ procman sweep --grace 10s
  $ procman sweep --files /tmp "$XDG_RUNTIME_DIR"
  $ procman sweep --json | jq '.ledgers[] | select(.state == "kept")'`;

async function sweep({ dryRun = false, grace, files }, context) {
  const { terminal } = context;
  const api = context.api();
  const report = await api.sweep({ dryRun, ...(grace === undefined ? {} : { graceMs: grace }) });
  const removed = files === undefined ? undefined : await api.sweepFiles(fileOptions(files, dryRun));
  context.exitCode = statusOfStop({ ...report, refused: [] });
  if (terminal.json) {
    await terminal.printJson(removed === undefined ? report : { ...report, files: removed });
    return;
  }
  await print(report, { terminal, dryRun });
  if (removed !== undefined) await printFiles(removed, { terminal, dryRun });
}

function fileOptions(folders, dryRun) {
  return { dryRun, ...(folders === true ? {} : { folders }), pidsFiles: existsSync(PIDS_FILE) ? [PIDS_FILE] : [] };
}

async function print(report, { terminal, dryRun }) {
  if (report.busy) terminal.warn('another sweep is under way; try again when it is over');
  await printStop(dryRun ? { ...report, stopped: report.found } : report, { terminal, dryRun });
  const rest = report.ledgers.filter(({ state }) => ['kept', 'unusable', 'woken'].includes(state));
  for (const { file, state, detail } of rest) terminal.warn(`${file}: ${state}: ${detail}`);
}

async function printFiles({ removed, kept }, { terminal, dryRun }) {
  const word = dryRun ? 'would remove' : 'removed';
  await terminal.printLines(removed.map(({ path, reason }) => terminal.labelledWhole('green', word, `${path}: ${reason}`)));
  for (const { path, reason } of kept) terminal.note(`kept  ${path}: ${reason}`);
}

module.exports = { register };
