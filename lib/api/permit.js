'use strict';

// Node 20.17 has no syntax for `using`; compiled TypeScript looks for this symbol.
const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** One permit of a limiter, given back once. */
class Permit {
  #limiter;

  constructor(limiter) {
    this.#limiter = limiter;
  }

  release() {
    const limiter = this.#limiter;
    if (limiter === null) return;
    this.#limiter = null;
    limiter.release();
  }

  [dispose]() {
    this.release();
  }
}

module.exports = { Permit };
