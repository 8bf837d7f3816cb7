'use strict';
// The calls of one turn of the event loop: the first goes out at once, the others share one write at the turn's end.

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

  /** The flag for the next call: nothing for the first of a turn. */
  flag() {
    if (this.#open) {
      this.#held = true;
      return this.#hold;
    }
    this.#open = true;
    settled.then(this.#end);
    return 0;
  }
}

module.exports = { Turn };
