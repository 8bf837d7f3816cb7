'use strict';

const { unwrap } = require('./errors.js');
const mailbox = require('./mailbox.js');
const { native } = require('./native.js');

/** What the native part answers instead of the number of a waiter. */
const DONE = -1;
const REFUSED = -2;
/** The native part counts in 32 bits and has this for "any number". */
const UNLIMITED = 2 ** 32 - 1;

/**
 * This thread's part in the limiter of tool calls: the same interface as LocalLimiter over the native queue that all
 * threads of the process share. Its settings are read at the first use.
 */
class ToolSlots {
  #settings;
  #native = null;
  /** Waiters by token; a free place holds the next free token. */
  #waiters = [];
  #nextToken = 0;

  constructor(settings) {
    this.#settings = settings;
  }

  get isOpen() {
    return this.#native !== null;
  }

  open() {
    this.#opened();
  }

  tryAcquire() {
    return this.#opened().toolSlotTryAcquire();
  }

  /** False: as many wait as may. */
  enqueue(waiter) {
    const token = this.#nextToken;
    const key = this.#native.toolSlotAcquire(token);
    if (key === REFUSED) return false;
    this.#nextToken = token < this.#waiters.length ? this.#waiters[token] : token + 1;
    this.#waiters[token] = waiter;
    waiter.token = token;
    waiter.key = key;
    // Another thread gave one back between the two calls.
    if (key === DONE) this.#grant(token);
    return true;
  }

  /** False: another thread granted it meanwhile; the grant is on its way and settles the request. */
  cancel(waiter) {
    if (!this.#native.toolSlotCancel(waiter.key, waiter.token)) return false;
    this.#forget(waiter.token);
    return true;
  }

  /** False: this thread holds no slot. */
  release() {
    const token = this.#opened().toolSlotRelease();
    if (token >= 0) this.#grant(token);
    return token !== REFUSED;
  }

  resize(limit) {
    for (const token of this.#opened().toolSlotResize(limit)) this.#grant(token);
  }

  setMaxQueue(maxQueue) {
    this.#opened().toolSlotSetMaxQueue(nativeMaxQueue(maxQueue));
  }

  status() {
    const [maxConcurrent, current, queued] = this.#opened().toolSlotStatus();
    return { maxConcurrent, current, queued };
  }

  #opened() {
    return this.#native ?? this.#open();
  }

  #open() {
    const { maxConcurrent, maxQueue } = this.#settings();
    const binding = native();
    mailbox.open();
    mailbox.onLetter('permitGranted', (letters, at) => this.#grant(letters[at]));
    unwrap(binding.toolSlotOpen(maxConcurrent, nativeMaxQueue(maxQueue)));
    this.#native = binding;
    return binding;
  }

  #grant(token) {
    const waiter = this.#waiters[token];
    this.#forget(token);
    waiter.grant();
  }

  #forget(token) {
    this.#waiters[token] = this.#nextToken;
    this.#nextToken = token;
  }
}

function nativeMaxQueue(maxQueue) {
  return maxQueue === Infinity ? UNLIMITED : maxQueue;
}

module.exports = { ToolSlots };
