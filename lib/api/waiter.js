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
 * Plain fields, no private ones, and as few as can be: there may be 100 000 waiters, and collecting them costs more than all the rest. So the limiter
 * says each time that it is the one, the queue keeps the timeout, and of a promise only the function that resolves it is kept.
 */
class Waiter {
  constructor() {
    /** WaitQueue's. */
    this.place = NO_PLACE;
    this.settle = null;
  }

  /** Enters the queue of a limiter, unless that is full or `signal` fires. `settle` is called once, with a permit or with a promise that has failed. */
  enter(limiter, timeoutMs, settle, signal) {
    this.settle = settle;
    // Before the queue: the shared limiter may grant within `enqueue`, and a grant takes this back.
    if (signal !== undefined) listen(this, limiter, signal);
    if (!limiter.enqueue(this, timeoutMs)) this.fail(queueFullError(limiter.status()));
  }

  /** Called by its limiter, which took it out of its queue. */
  grant(limiter) {
    this.settle(new Permit(limiter));
  }

  /** Called by its limiter. Whoever was granted meanwhile does not expire. */
  expire(limiter, timeoutMs) {
    if (limiter.cancel(this)) this.fail(timeoutError(timeoutMs));
  }

  fail(error) {
    this.settle(Promise.reject(error));
  }
}

/** Few have a signal, so it costs the others no field. */
function listen(waiter, limiter, signal) {
  const { settle } = waiter;
  const leave = onAbort(signal, () => {
    if (limiter.cancel(waiter)) waiter.fail(aborted('Semaphore acquire', signal));
  });
  waiter.settle = (outcome) => {
    leave();
    settle(outcome);
  };
}

module.exports = { Waiter };
