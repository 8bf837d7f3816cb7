'use strict';

const { native } = require('./native.js');

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/**
 * The streams of a unit, each made when it is first asked for: making three takes longer than starting a process. Until then the native part
 * has the descriptors, and closes them when the unit is over; what an output held then can be read as long as somebody has the unit.
 */
class UnitStreams {
  #number;
  #piped;
  #made = [];
  /** Of stdout and stderr, once the unit is over: the bytes of those that are closed. */
  #rest = null;

  constructor(number, piped) {
    this.#number = number;
    this.#piped = piped;
  }

  get stdin() {
    return this.#stream(STDIN, () => this.#writable());
  }

  get stdout() {
    return this.#stream(STDOUT, () => this.#readable(STDOUT));
  }

  get stderr() {
    return this.#stream(STDERR, () => this.#readable(STDERR));
  }

  /** Nothing of the unit is left to read its input; its outputs stay what they were for those who read them. */
  end() {
    const stdin = this.#made[STDIN];
    // Node tells a write that is under way when its stream is destroyed as done. Left alone it fails with EPIPE, and the stream with it.
    if (stdin?.writableLength === 0) stdin.destroy();
    this.#takeRest();
  }

  #stream(index, make) {
    if (!this.#piped[index]) return null;
    this.#made[index] ??= make();
    return this.#made[index];
  }

  #writable() {
    const stdin = this.#socket(STDIN, { writable: true, readable: false }) ?? closedWritable();
    // A command that stops reading is no reason to end the host: the write's own callback still gets the error.
    stdin.on('error', () => {});
    return stdin;
  }

  #readable(index) {
    // The unit may be over without our having heard of it: then there is no descriptor any more.
    return this.#socket(index, { writable: false, readable: true }) ?? readableOf(this.#takeRest()[index - 1]);
  }

  #takeRest() {
    this.#rest ??= native().unitTakeRest(this.#number);
    return this.#rest;
  }

  /** The module is loaded here because it costs a third of `require('@ops/procman')`, and who only calls tools does without it. */
  #socket(index, ends) {
    const { Socket } = require('node:net');
    const fd = native().unitTakeStream(this.#number, index);
    return fd < 0 ? undefined : new Socket({ fd, ...ends });
  }
}

function closedWritable() {
  const { Writable } = require('node:stream');
  return new Writable().destroy();
}

function readableOf(bytes) {
  const { Readable } = require('node:stream');
  const stream = new Readable({ read() {} });
  stream.push(bytes);
  stream.push(null);
  return stream;
}

module.exports = { UnitStreams };
