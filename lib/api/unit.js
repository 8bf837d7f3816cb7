'use strict';
// One guarded command as JavaScript sees it. The engine runs it; this class only holds its ends.

const { constants } = require('node:os');
const { invalidArgument, unwrap } = require('./errors.js');
const mailbox = require('./mailbox.js');
const { native } = require('./native.js');
const { UnitStreams } = require('./unit-streams.js');
const { boolean, milliseconds, optionalObject } = require('./validate.js');

const DEFAULT_SIGNAL = 'SIGTERM';
/** The one that it was started with. */
const OWN_GRACE = -1;

class Unit {
  #number;
  #streams;
  #end;
  /** spawn() took the hold; the unit has it from here on. */
  #holdsProcess = true;
  #stops = [];
  #settleExited;

  /** @internal Made by spawn() when the first process runs. */
  constructor(number, started, terminal) {
    this.#number = number;
    this.terminal = terminal === '' ? null : terminal;
    this.id = `unit-${number}`;
    this.pid = started.identity.pid;
    this.identity = Object.freeze(started.identity);
    this.guarantee = started.guarantee;
    this.#streams = new UnitStreams(number, started.piped);
    this.exited = new Promise((resolve) => (this.#settleExited = resolve));
  }

  get stdin() {
    return this.#streams.stdin;
  }

  get stdout() {
    return this.#streams.stdout;
  }

  get stderr() {
    return this.#streams.stderr;
  }

  /** One signal to the first process, by identity. False: it is gone, or not ours to signal. */
  kill(signal = DEFAULT_SIGNAL) {
    const number = signal === 0 ? 0 : constants.signals[signal];
    if (number === undefined) throw invalidArgument('signal', signal, 'the name of a signal, such as SIGTERM');
    return this.#end === undefined && native().unitKill(this.#number, number);
  }

  /** Stops the whole unit; resolves when it is over. */
  async stop(options = {}) {
    optionalObject('options', options);
    const force = boolean('options.force', options.force, false);
    const grace = milliseconds('options.graceMs', options.graceMs, OWN_GRACE);
    if (this.#end !== undefined) return this.#end.report;
    unwrap(native().unitStop(this.#number, force, grace));
    return new Promise((resolve) => this.#stops.push(resolve));
  }

  /** The processes of the unit at this moment, the first one first. */
  processes() {
    return this.#end === undefined ? Unit.readProcesses(this.#number) : Promise.resolve([]);
  }

  /** Lets the process end while the unit lives; the guard then stops it. */
  unref() {
    this.#holdProcess(false);
    return this;
  }

  /** Keeps the process alive until the unit has ended: the default. */
  ref() {
    this.#holdProcess(true);
    return this;
  }

  #holdProcess(hold) {
    if (this.#end !== undefined || this.#holdsProcess === hold) return;
    this.#holdsProcess = hold;
    if (hold) mailbox.ref();
    else mailbox.unref();
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  /** @internal The engine says that nothing of the unit is left. */
  static ended(unit, end) {
    unit.#holdProcess(false);
    unit.#end = end;
    unit.#streams.end();
    unit.#settleExited(end.exit);
    for (const resolve of unit.#stops.splice(0)) resolve(end.report);
  }

  /** @internal Set by units.js: asks the engine for the processes of a unit. */
  static readProcesses;
}

module.exports = { Unit };
