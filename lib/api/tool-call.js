'use strict';
// One call on its way: takes a slot, runs in the engine, settles once. Knows nothing of promises or of what the caller is told.

const { Answer } = require('./answer.js');
const { FLAGS, routeFlags } = require('./call-flags.js');
const { defaultOptions } = require('./call-options.js');
const { CallRoutes } = require('./call-routes.js');
const { aborted } = require('./errors.js');
const { tellGuardWarnings } = require('./guard-warnings.js');
const { hostEnv } = require('./host-env.js');
const { inputAnswers, inputRefused } = require('./input-rounds.js');
const { warn } = require('./log/logger.js');
const mailbox = require('./mailbox.js');
const { openSlots, releaseSlot, waitForSlot } = require('./mcp-semaphore.js');
const { native } = require('./native.js');
const { beginRemote, forgetEntry, remoteDefinition } = require('./remote-servers.js');
const { Turn } = require('./turn.js');

/** What `callBegin` answers instead of the number of a call. */
const NEEDS_HOST = 0;
const NO_SLOT = -1;

const running = new Map();
const routes = new CallRoutes();
const turn = new Turn(FLAGS.hold);

mailbox.onLetter('callSettled', (letters, at, numbers, from) => {
  const number = numbers[from];
  const call = running.get(number);
  // Gone when its signal fired first.
  if (call === undefined) return;
  running.delete(number);
  const answer = new Answer(letters, at, numbers, from);
  if (answer.pid !== undefined) tellGuardWarnings(answer.pid);
  call.finish(answer);
});

mailbox.onLetter('callProgress', (letters, at) => running.get(letters[at])?.progressed(JSON.parse(letters[at + 1])));

mailbox.onLetter('callInput', (letters, at) => running.get(letters[at])?.asked(letters[at + 1], letters[at + 2]));

/** Plain fields, not private ones: they are set on the hottest path. Nobody outside the API sees an instance. */
class ToolCall {
  /**
   * @param {{server: string, name: string, payload: string, tool: boolean, render: boolean}} question
   * @param {object} options from callOptions()
   * @param {(answer: object, call: ToolCall) => void} settle called once
   */
  constructor(question, options, settle) {
    this.question = question;
    this.options = options;
    this.settle = settle;
    this.number = 0;
    this.queuedMs = 0;
    this.unwatch = undefined;
    this.remote = undefined;
  }

  /** Keeps the process alive until it settles. */
  start() {
    mailbox.ref();
    try {
      if (this.options.signal === undefined || !this.#watch(this.options.signal)) this.begin();
    } catch (error) {
      this.finish({ error });
    }
  }

  progressed({ progress, total, message }) {
    try {
      this.options.onProgress({ progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) });
    } catch (error) {
      // A listener that throws must not cost the call its answer.
      warn(`onProgress of ${this.question.name} threw: ${error?.stack ?? error}`);
    }
  }

  /** The server asks before it answers. What the caller's function gives goes back to it; what it throws ends the call. */
  async asked(round, questions) {
    try {
      const answers = await this.#answers(JSON.parse(questions));
      // Without effect on a call that has ended meanwhile.
      native().callAnswerInput(this.number, round, answers);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The one and only end. */
  finish(answer) {
    const { settle } = this;
    if (settle === undefined) return;
    this.settle = undefined;
    this.unwatch?.();
    mailbox.unref();
    if (answer.error !== undefined) forgetEntry(this.question.server);
    settle(answer, this);
  }

  /** Hands the call over, when it has a slot. */
  begin() {
    openSlots();
    this.#begin(0);
  }

  /** The engine has it under this number. */
  follow(number) {
    this.number = number;
    running.set(number, this);
  }

  /** What the engine is told of it in bits. */
  flags() {
    return routeFlags(this.question, this.options) | turn.flag(running.size > 0);
  }

  #begin(held) {
    let number = this.#callBegin(held, null);
    if (number === NO_SLOT) {
      this.#queue();
      return;
    }
    if (number === NEEDS_HOST) number = this.#beginFromHost();
    if (number === undefined) return;
    this.follow(number);
  }

  /** No warm server: the engine needs to know from which environment to start one. */
  #beginFromHost() {
    let host;
    try {
      host = hostEnv();
      const definition = remoteDefinition(this.question.server, host);
      if (definition !== undefined) return this.#beginRemote(definition);
    } catch (error) {
      // The slot is taken and no call was begun with it.
      releaseSlot();
      this.finish({ error });
      return undefined;
    }
    return this.#callBegin(FLAGS.holdsSlot, host);
  }

  /** No process of ours serves it. */
  #beginRemote(definition) {
    this.remote = new AbortController();
    const { onProgress, onInputRequired } = this.options;
    const listener = {
      signal: this.remote.signal,
      onProgress: onProgress && ((progress) => this.settle !== undefined && this.progressed(progress)),
      onInput: onInputRequired && (async (questions) => JSON.parse(await this.#answers(questions))),
    };
    beginRemote(definition, this, listener, (answer) => this.finish(answer));
    return undefined;
  }

  /** As JSON text. Rejects with the error that ends the call. */
  async #answers(questions) {
    try {
      return inputAnswers(await this.options.onInputRequired(questions));
    } catch (cause) {
      throw inputRefused(this.question, questions, cause);
    }
  }

  #queue() {
    const entered = performance.now();
    const granted = () => {
      // The signal fired between the grant and this.
      if (this.settle === undefined) {
        releaseSlot();
        return;
      }
      this.queuedMs = performance.now() - entered;
      this.#begin(FLAGS.holdsSlot);
    };
    waitForSlot(this.options.signal, granted, (error) => this.finish({ error }));
  }

  #callBegin(flags, env) {
    const route = routes.number(this.question, this.options, routeFlags(this.question, this.options), defaultOptions());
    return native().callBegin(route, this.question.payload, flags | turn.flag(running.size > 0), env, this.options.sessionId);
  }

  /** True: the signal has fired already, and the call is settled. */
  #watch(signal) {
    const fire = () => this.#aborted(signal);
    if (signal.aborted) {
      fire();
      return true;
    }
    signal.addEventListener('abort', fire, { once: true });
    this.unwatch = () => signal.removeEventListener('abort', fire);
    return false;
  }

  #aborted(signal) {
    const error = aborted(`the call of ${this.question.server}.${this.question.name}`, signal);
    this.#giveUp(error, String(signal.reason?.message ?? signal.reason));
  }

  /** Ends the call from this side. */
  #giveUp(error, reason = error.message) {
    // In the queue the waiter watches the same signal and leaves by itself; then `finish` finds the call settled.
    if (this.number !== 0 && running.delete(this.number)) native().callCancel(this.number, reason);
    this.remote?.abort(error.cause);
    this.finish({ error });
  }
}

module.exports = { ToolCall };
