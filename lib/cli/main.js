'use strict';
// From argv to an exit status. Everything heavy is required by the command that needs it.

const { COMMANDS, commandOf } = require('./command-names.js');
const { EXIT, exitCodeOf, exitCodeOfSignal } = require('./exit-codes.js');
const { leaveTerminal } = require('./leave-terminal.js');
const { Terminal } = require('./terminal.js');
const { UsageError } = require('./usage-error.js');

/** Answered without the parser: scripts ask often. */
const VERSION_OPTIONS = ['-V', '--version'];

/**
 * Runs one command line.
 * @param {string[]} argv without node and script
 * @param {{stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, stdin: NodeJS.ReadableStream, env: NodeJS.ProcessEnv, loadApi: () => object,
 *   signals: NodeJS.EventEmitter, interruptJob: () => void}} world
 * @returns {Promise<number>} the exit status
 */
async function main(argv, world) {
  const terminal = new Terminal({ ...world, json: asksForJson(argv) });
  const context = { ...world, terminal, exitCode: EXIT.OK };
  try {
    await parse(argv, context);
    return context.exitCode;
  } catch (thrown) {
    const error = fromParser(thrown);
    if (error === undefined) return EXIT.OK;
    await terminal.fail(error, nextStep(error, argv));
    return error.exitStatus ?? (context.exitCode || exitCodeOf(error));
  }
}

async function parse(argv, context) {
  const { terminal } = context;
  const words = argv.filter((word) => word !== '--json');
  if (words.length === 1 && VERSION_OPTIONS.includes(words[0])) {
    const { version } = require('../../package.json');
    await (terminal.json ? terminal.printJson({ version }) : terminal.print(`${version}\n`));
    return;
  }
  const { createProgram } = require('./program.js');
  const program = createProgram(context, commandOf(argv));
  if (argv.length === 0) program.outputHelp();
  else await program.parseAsync(argv, { from: 'user' });
}

/** The parser throws for help and version too: then there is no error. */
function fromParser(error) {
  if (typeof error.code !== 'string' || !error.code.startsWith('commander.')) return error;
  if (error.code === 'commander.help' && error.exitCode !== 0) return new UsageError(`no command is given; it is one of ${COMMANDS.join(', ')}`);
  return error.exitCode === 0 ? undefined : new UsageError(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
}

/** How to get on, beyond what the message says. */
function nextStep({ code }, argv) {
  const command = commandOf(argv);
  if (code === 'ERR_INVALID_ARGUMENT') return COMMANDS.includes(command) ? `procman ${command} --help` : 'procman --help';
  if (code === 'ERR_SERVER_UNKNOWN') return 'procman servers';
  return ['ERR_CONFIG', 'ERR_GUARD', 'ERR_NATIVE', 'ERR_UNSUPPORTED'].includes(code) ? 'procman doctor' : undefined;
}

/** Needed before the words are parsed, because that can fail. What stands after `--` is not ours. */
function asksForJson(argv) {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

/** The real process. */
function runFromShell({ loadApi = () => require('../../index.js') } = {}) {
  const { stdout, stderr, stdin, env } = process;
  // A reader that closed the pipe (head, a pager) wants no more; the guard clears up what still runs.
  stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? exitCodeOfSignal('SIGPIPE') : EXIT.FAILURE));
  void main(process.argv.slice(2), { stdout, stderr, stdin, env, loadApi, signals: process, interruptJob }).then((status) => {
    process.exitCode = status;
    leaveTerminal();
  });
}

/** SIGINT to this process and its job. */
function interruptJob() {
  process.kill(0, 'SIGINT');
}

module.exports = { main, runFromShell };
