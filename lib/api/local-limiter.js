'use strict';

const { WaitQueue } = require('./wait-queue.js');
const { Waiter } = require('./waiter.js');

/**
 * Permits of one thread in strict FIFO order.
 *
 * Only its own thread can see it, so it needs no native part: a native call costs as much as a whole acquire here. The
 * limiter that threads share is `tool-slots.js`; its rules are those of `src/semaphore/fifo.rs`, and so are these.
 * While somebody waits no permit is free: that is what keeps newcomers from overtaking.
 */
class LocalLimiter {
  #limit;
  #maxQueue;
  #inUse = 0;
  #queue = new WaitQueue((waiter, timeoutMs) => waiter.expire(this, timeoutMs));

  constructor(limit, maxQueue) {
    this.#limit = limit;
    this.#maxQueue = maxQueue;
  }

  tryAcquire() {
    if (this.#inUse >= this.#limit) return false;
    this.#inUse += 1;
    return true;
  }

  newWaiter() {
    return new Waiter();
  }

  /** False: as many wait as may. */
  enqueue(waiter, timeoutMs) {
    if (this.#queue.length >= this.#maxQueue) return false;
    this.#queue.push(waiter, timeoutMs);
    return true;
  }

  /** False: the waiter was granted before. */
  cancel(waiter) {
    return this.#queue.remove(waiter);
  }

  /** False: no permit is out. */
  release() {
    if (this.#inUse === 0) return false;
    this.#inUse -= 1;
    if (this.#queue.length > 0) this.#grantFree();
    return true;
  }

  resize(limit) {
    this.#limit = limit;
    this.#grantFree();
  }

  status() {
    return { maxConcurrent: this.#limit, current: this.#inUse, queued: this.#queue.length };
  }

  #grantFree() {
    while (this.#queue.length > 0 && this.#inUse < this.#limit) {
      this.#inUse += 1;
      this.#queue.shift().grant(this);
    }
  }
}

module.exports = { LocalLimiter };
