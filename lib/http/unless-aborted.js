'use strict';

const { onAbort } = require('../api/on-abort.js');

/** The outcome of a promise, or the signal's reason when that fires first. */
function unlessAborted(promise, signal) {
  // Where the signal has fired already nobody else listens, and a rejection that nobody hears ends the program.
  promise.catch(() => {});
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const leave = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(leave);
  });
}

module.exports = { unlessAborted };
