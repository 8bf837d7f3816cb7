'use strict';
// One call on its way: waits for a slot, runs in the engine, settles once. Knows nothing of promises or of what the caller is told.

const { aborted, fromNative } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const mailbox = require('./mailbox.js');
const { native } = require('./native.js');
const slots = require('./slots.js');

/** Bits of the engine's `callBegin`; `src/binding/calls.rs` reads the same. */
const FLAGS = { tool: 1, annotated: 2, resetOnProgress: 4, wantsProgress: 8, render: 16 };

const running = new Map();

mailbox.onLetter('callSettled', (number, output, raw, rest, at) => {
  const call = running.get(number);
  running.delete(number);
  call?.answered({ output, raw, error: rest[at + 3], pid: rest[at + 4], durationMs: rest[at + 5], attempts: rest[at + 6], isError: rest[at + 7] });
});

mailbox.onLetter('callProgress', (number, params) => running.get(number)?.progressed(params));

class ToolCall {
  #settle;
  #options;
  #number = 0;
  #abort;

  /**
   * @param {{server: string, name: string, payload: string, tool: boolean, render: boolean}} question
   * @param {object} options from callOptions()
   * @param {(answer: object) => void} settle called once
   */
  constructor(question, options, settle) {
    this.question = question;
    this.#options = options;
    this.#settle = settle;
    this.queuedMs = 0;
  }

  /** Takes a slot of the queue first. Keeps the process alive until it settles. */
  start() {
    mailbox.ref();
    const { signal } = this.#options;
    if (signal !== undefined && this.#watch(signal)) return;
    this.enteredAt = performance.now();
    if (slots.enter(this)) this.granted();
  }

  /** The slot is ours. */
  granted() {
    this.holdsSlot = true;
    this.queuedMs = performance.now() - this.enteredAt;
    this.#begin();
  }

  /** The queue gave up on us: full, or waited too long. */
  refused(error) {
    this.#finish({ error, refused: true });
  }

  answered(answer) {
    if (answer.error !== undefined) answer.error = fromNative(answer.error);
    this.#finish(answer);
  }

  progressed(params) {
    const { onProgress } = this.#options;
    try {
      const { progress, total, message } = JSON.parse(params);
      onProgress({ progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) });
    } catch (error) {
      // A listener that throws must not cost the call its answer.
      process.emitWarning(`onProgress of ${this.question.name} threw: ${error?.stack ?? error}`, 'ProcmanWarning');
    }
  }

  #begin() {
    const { question } = this;
    this.#number = this.#callBegin(null);
    // No warm server: the engine needs to know from which environment to start one.
    if (this.#number === 0) this.#number = this.#callBegin(hostEnv());
    running.set(this.#number, this);
    question.payload = undefined;
  }

  #callBegin(env) {
    const { server, name, payload, tool, render } = this.question;
    const { timeoutMs, maxTotalMs, maxRetries, annotated, resetOnProgress, onProgress } = this.#options;
    let flags = 0;
    if (tool) flags |= FLAGS.tool;
    if (annotated) flags |= FLAGS.annotated;
    if (resetOnProgress) flags |= FLAGS.resetOnProgress;
    if (onProgress !== undefined) flags |= FLAGS.wantsProgress;
    if (render) flags |= FLAGS.render;
    return native().callBegin(server, name, payload, flags, timeoutMs, maxTotalMs, maxRetries, env);
  }

  /** True: the signal has fired already, and the call is settled. */
  #watch(signal) {
    const fire = () => this.#aborted(signal);
    if (signal.aborted) {
      fire();
      return true;
    }
    signal.addEventListener('abort', fire, { once: true });
    this.#abort = () => signal.removeEventListener('abort', fire);
    return false;
  }

  #aborted(signal) {
    if (this.#number !== 0) {
      running.delete(this.#number);
      native().callCancel(this.#number, String(signal.reason?.message ?? signal.reason));
    } else if (this.enteredAt !== undefined) {
      slots.leave(this);
    }
    this.#finish({ error: aborted(`the call of ${this.question.server}.${this.question.name}`, signal) });
  }

  #finish(answer) {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#abort?.();
    if (this.holdsSlot) slots.leave(this);
    mailbox.unref();
    settle(answer);
  }
}

module.exports = { ToolCall };
