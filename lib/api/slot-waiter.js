'use strict';

const { Waiter } = require('./waiter.js');

/** A waiter for a slot, and what the native part knows it by. */
class SlotWaiter extends Waiter {
  constructor(limiter, timeoutMs) {
    super(limiter, timeoutMs);
    this.token = 0;
    this.key = 0;
  }

  /** The thread was shut down. That is no business of one who wants a slot for himself. */
  close() {}
}

/** Waits for the slot of a call, which does not outlive a shutdown. */
class CallWaiter extends SlotWaiter {
  /** Told even where the slot is on its way: whoever hears of that then gives it back. */
  close(makeError) {
    this.limiter.cancel(this);
    this.failed(makeError());
  }
}

module.exports = { SlotWaiter, CallWaiter };
