'use strict';

/** Resolves when `promise` has settled, or after `ms` without it. The timer keeps nothing alive. */
function within(ms, promise) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    promise.catch(() => {}).finally(() => (clearTimeout(timer), resolve()));
  });
}

module.exports = { within };
