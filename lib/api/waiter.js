'use strict';

const { aborted } = require('./errors.js');
const { onAbort } = require('./on-abort.js');
const { Permit } = require('./permit.js');
const { queueFullError, timeoutError } = require('./semaphore-errors.js');
const { NO_PLACE } = require('./wait-queue.js');

/**
 * One request that waits for a permit. It settles once: granted, expired or aborted; its limiter decides races, because
 * only who takes it out of the queue may settle it.
 *
 * Plain fields, no private ones, and as few as can be: there may be 100 000 waiters, and collecting them costs more than all the rest.
 */
class Waiter {
  constructor(limiter, timeoutMs) {
    this.limiter = limiter;
    this.timeoutMs = timeoutMs;
    /** WaitQueue's. */
    this.place = NO_PLACE;
    this.granted = null;
    this.failed = null;
  }

  /** Enters the queue, unless that is full or `signal` fires. `granted(permit)` or `failed(error)` is called once. */
  enter(granted, failed, signal) {
    this.granted = granted;
    this.failed = failed;
    // Before the queue: the shared limiter may grant within `enqueue`, and a grant takes this back.
    if (signal !== undefined) listen(this, signal);
    if (!this.limiter.enqueue(this)) this.failed(queueFullError(this.limiter.status()));
  }

  /** Called by the limiter, which took it out of its queue. */
  grant() {
    this.granted(new Permit(this.limiter));
  }

  expire() {
    if (this.limiter.cancel(this)) this.failed(timeoutError(this.timeoutMs));
  }
}

/** Few have a signal, so it costs the others no field. */
function listen(waiter, signal) {
  const { granted, failed } = waiter;
  const leave = onAbort(signal, () => {
    if (waiter.limiter.cancel(waiter)) failed(aborted('Semaphore acquire', signal));
  });
  waiter.granted = (permit) => {
    leave();
    granted(permit);
  };
  waiter.failed = (error) => {
    leave();
    failed(error);
  };
}

module.exports = { Waiter };
