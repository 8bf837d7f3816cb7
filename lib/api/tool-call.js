'use strict';
// One call on its way: waits for a slot, runs in the engine, settles once. Knows nothing of promises or of what the caller is told.

const { aborted, fromNative } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const mailbox = require('./mailbox.js');
const { native } = require('./native.js');
const { acquireSlot, releaseSlot } = require('./mcp-semaphore.js');

/** Bits of the engine's `callBegin`; `src/binding/calls.rs` reads the same. */
const FLAGS = { tool: 1, annotated: 2, resetOnProgress: 4, wantsProgress: 8, render: 16 };

const running = new Map();

/** The fields of a `callSettled` letter, in the order in which `src/binding/settled.rs` writes them after the number. */
function answerAt(fields, at) {
  return {
    output: fields[at],
    raw: fields[at + 1],
    error: fields[at + 2] && fromNative(fields[at + 2]),
    pid: fields[at + 3],
    durationMs: fields[at + 4],
    attempts: fields[at + 5],
    isError: fields[at + 6],
  };
}

mailbox.onLetter('callSettled', (letters, at) => {
  const number = letters[at];
  const call = running.get(number);
  // Gone when its signal fired first.
  if (call === undefined) return;
  running.delete(number);
  call.answered(answerAt(letters, at + 1));
});

mailbox.onLetter('callProgress', (letters, at) => running.get(letters[at])?.progressed(letters[at + 1]));

class ToolCall {
  #settle;
  #options;
  #number = 0;
  #abort;
  #holdsSlot = false;

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
    this.#enter(signal);
  }

  /** The engine's letter. */
  answered(answer) {
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

  #enter(signal) {
    const entered = performance.now();
    const granted = () => {
      this.queuedMs = performance.now() - entered;
      this.#granted();
    };
    try {
      if (acquireSlot(signal, granted, (error) => this.#refused(error))) this.#granted();
    } catch (error) {
      this.#refused(error);
    }
  }

  #granted() {
    this.#holdsSlot = true;
    // The signal fired between the grant and this.
    if (this.#settle === undefined) this.#leaveSlot();
    else this.#begin();
  }

  /** The queue gave up on us: full, waited too long, or the signal fired. */
  #refused(error) {
    this.#finish({ error });
  }

  #leaveSlot() {
    if (!this.#holdsSlot) return;
    this.#holdsSlot = false;
    releaseSlot();
  }

  #begin() {
    try {
      this.#number = this.#callBegin(null);
      // No warm server: the engine needs to know from which environment to start one.
      if (this.#number === 0) this.#number = this.#callBegin(hostEnv());
    } catch (error) {
      this.#finish({ error });
      return;
    }
    running.set(this.#number, this);
    this.question.payload = undefined;
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
    }
    this.#finish({ error: aborted(`the call of ${this.question.server}.${this.question.name}`, signal) });
  }

  #finish(answer) {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#abort?.();
    this.#leaveSlot();
    mailbox.unref();
    settle(answer);
  }
}

module.exports = { ToolCall, FLAGS, answerAt };
