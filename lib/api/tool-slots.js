'use strict';

const { unwrap } = require('./errors.js');
const mailbox = require('./mailbox.js');
const { native } = require('./native.js');
const { SlotGate } = require('./slot-gate.js');
const { SlotWaiter } = require('./slot-waiter.js');
const { WaitQueue } = require('./wait-queue.js');

/** What the native part answers instead of the number of a waiter. */
const DONE = -1;
const REFUSED = -2;
/** Tokens are told apart among the waiters of one thread only, so they may begin anew. */
const MAX_TOKEN = 2 ** 31 - 1;
/** The native part counts in 32 bits and has this for "any number". */
const UNLIMITED = 2 ** 32 - 1;

/**
 * This thread's part in the limiter of tool calls: the same interface as LocalLimiter over the native queue that all
 * threads of the process share. Its settings are read at the first use.
 */
class ToolSlots {
  #settings;
  #native = null;
  /** The limiter runs on older settings. */
  #stale = false;
  #gate = new SlotGate(null);
  /** This thread's waiters. Their grants come in this order, whichever thread they come from. */
  #queue = new WaitQueue((waiter, timeoutMs) => waiter.expire(this, timeoutMs));
  #lastToken = 0;

  constructor(settings) {
    this.#settings = settings;
  }

  open() {
    this.#opened();
  }

  /** Other settings hold from now on. Those that are wrong are told to the next who asks for a slot; until then the old ones stay. */
  settingsChanged() {
    if (this.#native === null) return;
    this.#stale = true;
    try {
      this.#open();
    } catch (error) {
      if (error.code !== 'ERR_CONFIG') throw error;
    }
  }

  /** False while one of this thread waits: whoever is asked then has no slot to give, and asking costs a native call. */
  tryAcquire() {
    if (this.#stale) this.#open();
    return this.#queue.length === 0 && (this.#gate.take() || this.#opened().toolSlotTryAcquire());
  }

  newWaiter() {
    return new SlotWaiter();
  }

  /** The thread was shut down: calls that wait end with an error each. */
  closeQueue(makeError) {
    for (const waiter of this.#queue.all()) waiter.close(this, makeError);
  }

  /** False: as many wait as may. */
  enqueue(waiter, timeoutMs) {
    this.#lastToken = (this.#lastToken + 1) & MAX_TOKEN;
    const key = this.#native.toolSlotAcquire(this.#lastToken);
    if (key === REFUSED) return false;
    waiter.token = this.#lastToken;
    waiter.key = key;
    // Another thread gave one back between the two calls.
    if (key === DONE) waiter.grant(this);
    else this.#queue.push(waiter, timeoutMs);
    return true;
  }

  /** False: another thread granted it meanwhile; the grant is on its way and settles the request. */
  cancel(waiter) {
    return this.#native.toolSlotCancel(waiter.key, waiter.token) && this.#queue.remove(waiter);
  }

  /** False: this thread holds no slot. */
  release() {
    if (this.#gate.giveBack()) return true;
    const granted = (this.#native ?? this.#open()).toolSlotRelease();
    if (granted >= 0) this.#grantNext();
    return granted !== REFUSED;
  }

  resize(limit) {
    this.#opened().toolSlotResize(limit).forEach(this.#grantNext);
  }

  status() {
    const [maxConcurrent, current, queued] = this.#opened().toolSlotStatus();
    return { maxConcurrent, current, queued };
  }

  #opened() {
    return this.#native === null || this.#stale ? this.#open() : this.#native;
  }

  #open() {
    const { maxConcurrent, maxQueue } = this.#settings();
    if (this.#native === null) this.#join(maxConcurrent, maxQueue);
    else this.#adjust(maxConcurrent, maxQueue);
    return this.#native;
  }

  #adjust(maxConcurrent, maxQueue) {
    this.#stale = false;
    this.#native.toolSlotSetMaxQueue(nativeMaxQueue(maxQueue));
    this.resize(maxConcurrent);
  }

  #join(maxConcurrent, maxQueue) {
    const binding = native();
    mailbox.open();
    mailbox.onLetter('permitGranted', this.#grantNext);
    unwrap(binding.toolSlotOpen(maxConcurrent, nativeMaxQueue(maxQueue)));
    this.#gate = new SlotGate(binding.toolSlotGate());
    this.#native = binding;
  }

  #grantNext = () => this.#queue.shift().grant(this);
}

function nativeMaxQueue(maxQueue) {
  return maxQueue === Infinity ? UNLIMITED : maxQueue;
}

module.exports = { ToolSlots };
