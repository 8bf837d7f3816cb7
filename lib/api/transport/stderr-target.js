'use strict';
// Where a server's stderr goes: the values that the official SDK takes, in terms of what a unit takes.

const fs = require('node:fs');
const { PassThrough } = require('node:stream');
const { invalidArgument } = require('../errors.js');

const RULE = "'inherit', 'pipe', 'overlapped', 'ignore', a writable stream or a file descriptor";
const STDERR_FD = 2;

/** Decided once for a transport; used by each run of its server. */
class StderrTarget {
  #open;

  /**
   * @param {'inherit'|'pipe'|'ignore'} mode what the unit is told
   * @param {() => import('node:stream').Writable} [open] where a piped one is copied to
   */
  constructor(mode, open) {
    this.mode = mode;
    this.#open = open;
  }

  /** @throws ERR_INVALID_ARGUMENT */
  static of(value = 'inherit') {
    if (value === 'inherit' || value === 'ignore') return new StderrTarget(value);
    if (value === 'pipe' || value === 'overlapped') return new Kept();
    if (value === STDERR_FD || value?.fd === STDERR_FD) return new StderrTarget('inherit');
    if (Number.isInteger(value) && value >= 0) return new StderrTarget('pipe', () => fs.createWriteStream('', { fd: value, autoClose: false }));
    if (typeof value?.write === 'function') return new StderrTarget('pipe', () => value);
    throw invalidArgument('server.stderr', value, RULE);
  }

  /** What `transport.stderr` is. */
  get stream() {
    return null;
  }

  /** Copies what a run writes; the target outlives the run. */
  take(stderr) {
    if (stderr !== null) stderr.pipe(this.#open(), { end: false });
  }
}

/** `pipe`: a stream that is there before the server starts, so that nothing it says first is lost. */
class Kept extends StderrTarget {
  #stream = new PassThrough();

  constructor() {
    super('pipe');
  }

  get stream() {
    return this.#stream;
  }

  take(stderr) {
    // Of a second run, after the first one's end was told.
    if (this.#stream.writableEnded) this.#stream = new PassThrough();
    stderr.pipe(this.#stream);
  }
}

module.exports = { StderrTarget };
