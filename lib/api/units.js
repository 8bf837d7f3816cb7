'use strict';
// spawn(): any command under the guard.

const { aborted, fromNative, invalidArgument, unwrap } = require('./errors.js');
const { tellGuardWarnings } = require('./guard-warnings.js');
const mailbox = require('./mailbox.js');
const { native } = require('./native.js');
const { onAbort } = require('./on-abort.js');
const { askForProcesses } = require('./process-answers.js');
const settings = require('./settings.js');
const { Unit } = require('./unit.js');
const terminalJob = require('./terminal-job.js');
const { unitEnv } = require('./unit-env.js');
const { memoryLimitOf } = require('./unit-limits.js');
const { milliseconds, nonEmptyString, oneOf, optionalObject, optionalSignal, optionalStrings } = require('./validate.js');

const DEFAULT_GRACE_MS = 2000;
const STDIO = ['pipe', 'inherit', 'ignore'];
/** Bits of the flags of `unitSpawn`; `src/binding/units.rs` has the same. */
const WAITS_FOR_LEFTOVERS = 1;
const HELD = 2;

/** Units by number, from the request to the end: first what spawn() wants to hear, then the Unit. */
const starting = new Map();
const units = new Map();

mailbox.onLetter('unitStarted', (letters, at) => {
  const number = letters[at];
  const { resolve, terminal } = starting.get(number);
  starting.delete(number);
  tellGuardWarnings();
  const unit = new Unit(number, JSON.parse(letters[at + 1]), terminal);
  units.set(number, unit);
  if (terminal === 'foreground') terminalJob.follow(unit);
  resolve(unit);
});

mailbox.onLetter('unitFailed', (letters, at) => {
  const { reject } = starting.get(letters[at]);
  starting.delete(letters[at]);
  mailbox.unref();
  reject(fromNative(letters[at + 1]));
});

mailbox.onLetter('unitEnded', (letters, at) => {
  const unit = units.get(letters[at]);
  units.delete(letters[at]);
  const { exit, stop } = JSON.parse(letters[at + 1]);
  Unit.ended(unit, { exit, report: stop });
});

Unit.readProcesses = (number) => askForProcesses((token) => native().unitProcesses(number, token));

/** Starts a command; resolves when its first process runs. */
function spawn(command, args, options) {
  return begin(command, args, options, false);
}

/** The same for somebody whose connection to it outlives any age: no cleanup stops it. */
function spawnHeld(command, args, options) {
  return begin(command, args, options, true);
}

async function begin(command, args = [], options = {}, held) {
  nonEmptyString('command', command);
  const parts = unitParts(command, optionalStrings('args', args), options, held);
  const signal = optionalSignal('options.signal', options.signal);
  if (signal?.aborted) throw aborted(`the start of ${command}`, signal);
  const closed = settings.closedError();
  if (closed !== undefined) throw closed;
  const unit = await start(parts);
  if (signal === undefined) return unit;
  if (signal.aborted) {
    // It fired while the command started; nobody has the unit yet.
    await unit.stop();
    throw aborted(`the start of ${command}`, signal);
  }
  unit.exited.then(onAbort(signal, () => unit.stop()));
  return unit;
}

function start(parts) {
  mailbox.ref();
  return new Promise((resolve, reject) => {
    try {
      const { command, args, host, stdio, graceMs, timeoutMs, memoryLimit, terminal, flags } = parts;
      const number = unwrap(native().unitSpawn(command, args, host, stdio, graceMs, timeoutMs, memoryLimit, terminal, flags));
      starting.set(number, { resolve, reject, terminal });
    } catch (error) {
      mailbox.unref();
      reject(error);
    }
  });
}

function unitParts(command, args, options, held) {
  optionalObject('options', options);
  const stdio = stdioOf(options.stdio);
  const waits = oneOf('options.leftovers', options.leftovers, ['stop', 'wait'], 'stop') === 'wait';
  return {
    command,
    args,
    host: unitEnv(options),
    stdio: stdio.join(),
    graceMs: milliseconds('options.graceMs', options.graceMs, DEFAULT_GRACE_MS),
    timeoutMs: milliseconds('options.timeoutMs', options.timeoutMs, Infinity),
    memoryLimit: memoryLimitOf(options.limits),
    terminal: terminalJob.modeFor(options.terminal, stdio),
    flags: (waits ? WAITS_FOR_LEFTOVERS : 0) | (held ? HELD : 0),
  };
}

function stdioOf(stdio = 'pipe') {
  const each = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  if (each.length !== 3) throw invalidArgument('options.stdio', stdio, 'one mode, or an array of three');
  return each.map((mode, index) => oneOf(`options.stdio[${index}]`, mode, STDIO, 'pipe'));
}

module.exports = { spawn, spawnHeld };
