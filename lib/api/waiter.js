'use strict';

const { aborted } = require('./errors.js');
const { Permit } = require('./permit.js');
const { queueFullError, timeoutError } = require('./semaphore-errors.js');
const { NO_PLACE } = require('./wait-queue.js');

/**
 * One request that waits for a permit. It settles once: granted, expired or aborted; its limiter decides races, because
 * only who takes it out of the queue may settle it.
 *
 * Plain fields, not private ones, and few of them: WaitQueue and ToolSlots keep theirs here, and there may be 100 000 waiters.
 */
class Waiter {
  // WaitQueue.
  place = NO_PLACE;
  // ToolSlots.
  token = 0;
  key = 0;
  onAbort = null;

  constructor(limiter, { timeout, signal }) {
    this.limiter = limiter;
    this.timeoutMs = timeout;
    this.signal = signal;
    this.granted = null;
    this.failed = null;
  }

  /** Enters the queue, unless that is full. `granted(permit)` or `failed(error)` is called once. */
  enter(granted, failed) {
    this.granted = granted;
    this.failed = failed;
    // Before the queue: the shared limiter may grant within `enqueue`, and a grant takes this back.
    if (this.signal !== undefined) this.#listen();
    if (this.limiter.enqueue(this)) return;
    this.#leave();
    failed(queueFullError(this.limiter.status()));
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
    if (this.onAbort !== null) this.signal.removeEventListener('abort', this.onAbort);
  }
}

module.exports = { Waiter };
