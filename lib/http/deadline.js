'use strict';

const { onAbort } = require('../api/on-abort.js');

/** What setTimeout takes at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The end of a call's time: `signal` fires with an error when it comes, or with the caller's own reason when that signal fires first. */
class Deadline {
  #abort = new AbortController();
  #began = performance.now();
  #timeoutMs;
  #maxTotalMs;
  #makeError;
  #timer;
  #endsAt;
  #held = false;
  #unwatch = () => {};

  /**
   * @param {{timeoutMs: number, maxTotalMs: number}} limits
   * @param {AbortSignal} [outer] the caller's
   * @param {(elapsedMs: number) => Error} makeError
   */
  constructor({ timeoutMs, maxTotalMs }, outer, makeError) {
    this.#timeoutMs = timeoutMs;
    this.#maxTotalMs = maxTotalMs;
    this.#makeError = makeError;
    if (outer !== undefined) this.#watch(outer);
    this.#arm(Math.min(timeoutMs, maxTotalMs));
  }

  get signal() {
    return this.#abort.signal;
  }

  /** A sign of life: the timeout starts anew, up to the total. */
  extend() {
    if (!this.#held) this.#arm(Math.min(this.#timeoutMs, this.#maxTotalMs - this.#elapsed()));
  }

  /** Ends the call for another reason. */
  fail(error) {
    this.#abort.abort(error);
  }

  /** The server waits for the caller: until `resume()` only the total runs. */
  hold() {
    this.#held = true;
    this.#arm(this.#maxTotalMs - this.#elapsed());
  }

  /** The server has what it asked for: the timeout starts anew. */
  resume() {
    this.#held = false;
    this.extend();
  }

  /** Waits; throws the signal's reason when the time is over. */
  async pause(ms) {
    this.signal.throwIfAborted();
    if (ms === 0) return;
    await new Promise((resolve, reject) => {
      const leave = onAbort(this.signal, () => (clearTimeout(timer), reject(this.signal.reason)));
      const timer = setTimeout(() => (leave(), resolve()), ms);
    });
  }

  /** How long a pause may take at most. */
  get leftMs() {
    return Math.min(this.#endsAt, this.#began + this.#maxTotalMs) - performance.now();
  }

  /** The call is over. */
  end() {
    clearTimeout(this.#timer);
    this.#unwatch();
  }

  #elapsed() {
    return performance.now() - this.#began;
  }

  #arm(ms) {
    clearTimeout(this.#timer);
    this.#endsAt = performance.now() + ms;
    if (this.signal.aborted || ms > MAX_TIMER_MS) return;
    // Timers may fire a moment early.
    this.#timer = setTimeout(() => this.#abort.abort(this.#makeError(this.#elapsed())), Math.ceil(Math.max(ms, 0)));
  }

  #watch(outer) {
    const fire = () => this.#abort.abort(outer.reason);
    if (outer.aborted) fire();
    else this.#unwatch = onAbort(outer, fire);
  }
}

module.exports = { Deadline };
