'use strict';

/**
 * Permits of one thread in strict FIFO order.
 *
 * Only its own thread can see it, so it needs no native part: a native call costs as much as a whole acquire here. The
 * limiter that threads share is `tool-slots.js`; its rules are those of `src/semaphore/fifo.rs`, and so are these.
 * While somebody waits no permit is free: that is what keeps newcomers from overtaking.
 *
 * The queue keeps its links in the waiters: `queued`, `ahead`, `behind`.
 */
class LocalLimiter {
  #limit;
  #maxQueue;
  #inUse = 0;
  #queued = 0;
  #head = null;
  #tail = null;

  constructor(limit, maxQueue) {
    this.#limit = limit;
    this.#maxQueue = maxQueue;
  }

  tryAcquire() {
    if (this.#inUse >= this.#limit) return false;
    this.#inUse += 1;
    return true;
  }

  /** False: as many wait as may. */
  enqueue(waiter) {
    if (this.#queued >= this.#maxQueue) return false;
    waiter.queued = true;
    waiter.ahead = this.#tail;
    if (this.#tail === null) this.#head = waiter;
    else this.#tail.behind = waiter;
    this.#tail = waiter;
    this.#queued += 1;
    return true;
  }

  /** False: the waiter was granted before. */
  cancel(waiter) {
    if (!waiter.queued) return false;
    this.#unlink(waiter);
    return true;
  }

  /** False: no permit is out. */
  release() {
    if (this.#inUse === 0) return false;
    this.#inUse -= 1;
    if (this.#head !== null) this.#grantNext();
    return true;
  }

  resize(limit) {
    this.#limit = limit;
    while (this.#grantNext());
  }

  status() {
    return { maxConcurrent: this.#limit, current: this.#inUse, queued: this.#queued };
  }

  #grantNext() {
    const waiter = this.#head;
    if (waiter === null || this.#inUse >= this.#limit) return false;
    this.#unlink(waiter);
    this.#inUse += 1;
    waiter.grant();
    return true;
  }

  #unlink(waiter) {
    const { ahead, behind } = waiter;
    if (ahead === null) this.#head = behind;
    else ahead.behind = behind;
    if (behind === null) this.#tail = ahead;
    else behind.ahead = ahead;
    waiter.ahead = waiter.behind = null;
    waiter.queued = false;
    this.#queued -= 1;
  }
}

module.exports = { LocalLimiter };
