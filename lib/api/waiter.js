'use strict';

const { aborted } = require('./errors.js');
const { DeadlineList } = require('./deadline-list.js');
const { Permit } = require('./permit.js');
const { queueFullError, timeoutError } = require('./semaphore-errors.js');

const deadlines = new DeadlineList((waiter) => waiter.expire());

/**
 * One request that waits for a permit. It settles once: granted, expired or aborted; its limiter decides races, because
 * only who takes it out of the queue may settle it.
 *
 * Plain fields, not private ones: limiters and DeadlineList keep their links here, and there may be 100 000 of them.
 */
class Waiter {
  // LocalLimiter's queue.
  queued = false;
  ahead = null;
  behind = null;
  // ToolSlots' queue.
  token = 0;
  key = 0;
  // DeadlineList.
  deadline = 0;
  bucket = null;
  previous = null;
  next = null;
  onAbort = null;

  constructor(limiter, { timeout, signal }, granted, failed) {
    this.limiter = limiter;
    this.timeoutMs = timeout;
    this.signal = signal;
    this.granted = granted;
    this.failed = failed;
  }

  /** Enters the queue, unless that is full. */
  enter() {
    // Before the queue: the shared limiter may grant within `enqueue`, and a grant takes these back.
    deadlines.add(this, this.timeoutMs);
    if (this.signal !== undefined) this.#listen();
    if (this.limiter.enqueue(this)) return;
    this.#leave();
    this.failed(queueFullError(this.limiter.status()));
  }

  /** Called by the limiter, which took it out of its queue. */
  grant() {
    this.#leave();
    this.granted(new Permit(this.limiter));
  }

  expire() {
    if (!this.limiter.cancel(this)) return;
    this.#leave();
    this.failed(timeoutError(this.timeoutMs));
  }

  abort() {
    if (!this.limiter.cancel(this)) return;
    this.#leave();
    this.failed(aborted('Semaphore acquire', this.signal));
  }

  #listen() {
    this.onAbort = () => this.abort();
    this.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  #leave() {
    deadlines.remove(this);
    if (this.onAbort !== null) this.signal.removeEventListener('abort', this.onAbort);
  }
}

module.exports = { Waiter };
