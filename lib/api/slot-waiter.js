'use strict';

const { Waiter } = require('./waiter.js');

/** A waiter for a slot, and what the native part knows it by. */
class SlotWaiter extends Waiter {
  constructor(limiter, timeoutMs) {
    super(limiter, timeoutMs);
    this.token = 0;
    this.key = 0;
  }
}

module.exports = { SlotWaiter };
