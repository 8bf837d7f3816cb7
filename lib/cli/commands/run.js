'use strict';

const { EXIT, exitCodeOfSignal, runExitCodeOf } = require('../exit-codes.js');
const { onSignals } = require('../on-signals.js');
const { duration, oneOf } = require('../option-values.js');

function register(program, context) {
  program
    .command('run')
    .description('Run a command under a guard: when it ends, or this process does, nothing of it is left.')
    .usage('[options] -- <command> [args...]')
    .argument('<command>', 'a program, looked up in PATH')
    .argument('[args...]', 'its arguments')
    .option('--grace <time>', 'how long it may take to end after SIGTERM before SIGKILL (default: 2s)', duration('--grace'))
    .option('--leftovers <how>', 'stop: end what outlives the command; wait: live until it ends by itself', oneOf('--leftovers', ['stop', 'wait']), 'stop')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action((command, args, options) => run(command, args, options, context));
}

const HELP = `
The exit status is the command's own, 128 + n after signal n, 127 if it was not found, 126 if it cannot be executed.
With --json the command's stdout goes to stderr, and the report of its end to stdout.

Examples:
  $ procman run -- npm run dev
  $ procman run --grace 10s -- node server.js
  $ procman run --leftovers wait -- ./start-daemon.sh`;

async function run(command, args, options, context) {
  const { terminal } = context;
  let interrupted = false;
  const asked = new Asked();
  const signals = onSignals(context.signals, (signal) => asked.by(signal));
  let api;
  let failed;
  try {
    api = context.api();
    const unit = await api.spawn(command, args, spawnOptions(options, terminal.json));
    unit.stdout?.pipe(terminal.stderr, { end: false });
    asked.attach(unit);
    const exit = await unit.exited;
    await report(exit, terminal);
    context.exitCode = statusOf(exit, asked.signal);
    interrupted = isInterruptOfTerminal(unit, exit, asked);
  } catch (error) {
    failed = Object.assign(error, { exitStatus: runExitCodeOf(error) });
  }
  try {
    await api?.shutdown();
  } catch (error) {
    // What went wrong first is what the caller asks about.
    failed ??= Object.assign(error, { exitStatus: runExitCodeOf(error) });
  }
  signals.dispose();
  if (failed !== undefined) throw failed;
  if (interrupted) context.interruptJob();
}

/** The terminal told the command alone. Without us it would have told the whole job: the script around us, the rest of a pipeline. */
function isInterruptOfTerminal(unit, exit, asked) {
  return unit.terminal === 'foreground' && exit.signal === 'SIGINT' && asked.signal === undefined;
}

function spawnOptions({ grace, leftovers }, json) {
  const stdio = json ? ['inherit', 'pipe', 'inherit'] : 'inherit';
  return { stdio, leftovers, terminal: true, ...(grace === undefined ? {} : { graceMs: grace }) };
}

/** Signals that reached us, passed on as a wish to stop: the first one politely, the second by force. On a terminal SIGINT is no such wish. */
class Asked {
  #unit;
  #count = 0;
  /** The first signal. */
  signal;

  by(signal) {
    if (signal === 'SIGINT' && this.#commandHears()) return;
    this.signal ??= signal;
    this.#count += 1;
    this.#pass();
  }

  /** One may have come while the command was being started. */
  attach(unit) {
    this.#unit = unit;
    if (this.#count > 0) this.#pass();
  }

  /** In our job the terminal has told the command already; one in a group of its own is told by us. */
  #commandHears() {
    if (this.#unit?.terminal === 'job') return this.#unit.kill(0);
    return this.#unit?.terminal === 'foreground' && this.#unit.kill('SIGINT');
  }

  #pass() {
    void this.#unit?.stop({ force: this.#count > 1 });
  }
}

async function report(exit, terminal) {
  if (terminal.json) await terminal.printJson(exit);
  for (const { process, reason } of exit.survivors) terminal.warn(`process ${process.pid} (${process.name}) could not be stopped: ${reason}`);
}

/** Whoever was stopped on request ends with the signal that asked, not with the SIGTERM that we made of it. */
function statusOf({ code, signal, survivors }, askedBy) {
  const status = signal === null ? (code ?? EXIT.FAILURE) : exitCodeOfSignal(askedBy ?? signal);
  return status === EXIT.OK && survivors.length > 0 ? EXIT.SURVIVORS : status;
}

module.exports = { register };
