'use strict';

/** Resolves when `promise` has settled, or after `ms` without it. Keeps nothing alive. */
function within(ms, promise) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    const settled = () => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(settled, settled);
  });
}

module.exports = { within };
