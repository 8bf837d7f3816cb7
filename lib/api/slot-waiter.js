'use strict';

const { Waiter } = require('./waiter.js');

/** A waiter for a slot, and what the native part knows it by. */
class SlotWaiter extends Waiter {
  constructor() {
    super();
    this.token = 0;
    this.key = 0;
  }

  /** The thread was shut down. That is no business of one who wants a slot for himself. */
  close() {}
}

/** Waits for the slot of a call, which does not outlive a shutdown. `settle` gets nothing with the slot, else the error. */
class CallWaiter extends SlotWaiter {
  grant() {
    this.settle();
  }

  fail(error) {
    this.settle(error);
  }

  /** Told even where the slot is on its way: whoever hears of that then gives it back. */
  close(limiter, makeError) {
    limiter.cancel(this);
    this.fail(makeError());
  }
}

module.exports = { SlotWaiter, CallWaiter };
