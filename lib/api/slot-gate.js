'use strict';

const { compareExchange } = Atomics;

/** Its words: free slots, below 0 while it is shut, and slots of this thread that came through it. */
const FREE = 0;
const TAKEN = 1;
const SHUT = new Int32Array([-1, 0]);

/**
 * Free slots without a native call, by two words that this thread shares with the native part: `src/semaphore/gate.rs` has the rules. Says false where it
 * is shut, and where another thread was faster: then the native part is asked.
 */
class SlotGate {
  #words;

  /** Without words, because another thread has them, it is always shut. */
  constructor(words) {
    this.#words = words ?? SHUT;
  }

  take() {
    const words = this.#words;
    const free = words[FREE];
    if (free <= 0 || compareExchange(words, FREE, free, free - 1) !== free) return false;
    words[TAKEN] += 1;
    return true;
  }

  giveBack() {
    const words = this.#words;
    const free = words[FREE];
    if (free < 0 || words[TAKEN] === 0 || compareExchange(words, FREE, free, free + 1) !== free) return false;
    words[TAKEN] -= 1;
    return true;
  }
}

module.exports = { SlotGate };
