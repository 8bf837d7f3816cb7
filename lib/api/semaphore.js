'use strict';

const { aborted } = require('./errors.js');
const { LocalLimiter } = require('./local-limiter.js');
const { Permit } = require('./permit.js');
const { overReleaseError, timeoutError } = require('./semaphore-errors.js');
const { checkMaxConcurrent, parseAcquire, parseSettings } = require('./semaphore-options.js');
const { requiredFunction } = require('./validate.js');

/** What other files of `lib/api` may do with a semaphore and users may not. */
const internals = {};

/** Of the promise made last. An executor for each promise would be one more object for each waiter. */
let resolveLast;
const hold = (resolve) => {
  resolveLast = resolve;
};

/**
 * V8 compiles this to less than Promise.resolve(). Asking for the method tells it of what class the permit is; without that it looks through it for a
 * `then` each time, which is a fifth of the whole.
 */
async function granted(limiter) {
  const permit = new Permit(limiter);
  void permit.release;
  return permit;
}

/** Permits in strict FIFO order: promises, timeouts and signals over a limiter that has counts and order. */
class Semaphore {
  #limiter;
  #defaults;

  constructor(maxConcurrent, options = {}) {
    const settings = parseSettings(maxConcurrent, options);
    this.#limiter = new LocalLimiter(settings.maxConcurrent, settings.maxQueue);
    this.#defaults = { timeout: settings.queueTimeout, signal: undefined };
  }

  acquire(options) {
    try {
      const limiter = this.#limiter;
      const how = options === undefined ? this.#defaults : this.#parse(options);
      return limiter.tryAcquire() ? granted(limiter) : this.#wait(how);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  tryAcquire() {
    return this.#limiter.tryAcquire() ? new Permit(this.#limiter) : null;
  }

  release() {
    if (!this.#limiter.release()) throw overReleaseError();
  }

  async use(fn, options) {
    requiredFunction('fn', fn);
    const permit = await this.acquire(options);
    try {
      return await fn();
    } finally {
      permit.release();
    }
  }

  resize(maxConcurrent) {
    checkMaxConcurrent(maxConcurrent);
    this.#limiter.resize(maxConcurrent);
  }

  getStatus() {
    const { maxConcurrent, current, queued } = this.#limiter.status();
    return { maxConcurrent, current, queued, available: Math.max(maxConcurrent - current, 0) };
  }

  #parse(options) {
    const how = parseAcquire(options, this.#defaults);
    if (how.signal?.aborted) throw aborted('Semaphore acquire', how.signal);
    return how;
  }

  #wait(how) {
    if (how.timeout === 0) throw timeoutError(0);
    const promise = new Promise(hold);
    this.#limiter.newWaiter().enter(this.#limiter, how.timeout, resolveLast, how.signal);
    return promise;
  }

  static {
    /** A semaphore over another limiter; `defaults` are read at each acquire. */
    internals.over = (limiter, defaults) => {
      const semaphore = new Semaphore();
      semaphore.#limiter = limiter;
      semaphore.#defaults = defaults;
      return semaphore;
    };
  }
}

module.exports = { Semaphore, internals };
