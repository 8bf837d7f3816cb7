'use strict';

/** After so long the event loop has its turn. */
const SLICE_MS = 0.25;

/** Long work in small pieces: between two of them `rest()` lets the event loop have its turn when it is time. */
class TimeSlice {
  #began = performance.now();

  async rest() {
    if (performance.now() - this.#began < SLICE_MS) return;
    await new Promise(setImmediate);
    this.#began = performance.now();
  }
}

module.exports = { TimeSlice };
