'use strict';
// The calls of one turn of the event loop share one write at its end: each write may wake a server, and a server that wakes takes the core
// from whoever is about to make the next call. Where nothing is in flight somebody waits for this very call, and the first goes out at once.
// After the write this thread may stay awake for some microseconds, for answers that are about to come (`src/engine/glance.rs`).

const { native } = require('./native.js');

const settled = Promise.resolve();

class Turn {
  #hold;
  #open = false;
  #held = false;
  #end = () => {
    this.#open = false;
    if (!this.#held) return;
    this.#held = false;
    native().callsFlush();
  };

  /** @param {number} hold the flag that makes the native part hold a call */
  constructor(hold) {
    this.#hold = hold;
  }

  /**
   * The flag for the next call: nothing for the first of a turn that finds nothing in flight.
   * @param {boolean} busy whether calls are in flight
   */
  flag(busy) {
    const first = !this.#open;
    if (first) {
      this.#open = true;
      settled.then(this.#end);
      if (!busy) return 0;
    }
    this.#held = true;
    return this.#hold;
  }
}

module.exports = { Turn };
