'use strict';

const { clientPackage } = require('./client-package.js');

/** What setTimeout takes at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_MS = 60_000;

/** How long the opening of a connection may take; whoever closes it meanwhile cuts it short. */
class OpeningLimit {
  #timer;

  /** @param {number | string} [limitMs] Infinity: for ever, or nearly */
  constructor(limitMs = DEFAULT_MS) {
    /** Rejects, and never resolves. */
    this.reached = new Promise((_, reject) => {
      this.cut = reject;
      this.#timer = setTimeout(() => reject(notInTime()), Math.min(Number(limitMs), MAX_TIMER_MS)).unref();
    });
  }

  end() {
    clearTimeout(this.#timer);
  }
}

function notInTime() {
  const { SdkError, SdkErrorCode } = clientPackage();
  return new SdkError(SdkErrorCode.RequestTimeout, 'not open in time');
}

module.exports = { OpeningLimit };
