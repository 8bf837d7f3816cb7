'use strict';
// Tells at intervals how a pool fares. The checks themselves are the native part's.

/** What setInterval can wait at most. */
const LONGEST_MS = 2 ** 31 - 1;

class PoolHealthTimer {
  #timer;

  /**
   * Keeps no process alive.
   * @param {number} intervalMs beyond what a timer can wait: never
   * @param {() => void} tell
   */
  constructor(intervalMs, tell) {
    if (intervalMs > LONGEST_MS) return;
    this.#timer = setInterval(tell, intervalMs);
    this.#timer.unref();
  }

  stop() {
    clearInterval(this.#timer);
  }
}

module.exports = { PoolHealthTimer };
