'use strict';
// One call on its way: takes a slot, runs in the engine, settles once. Knows nothing of promises or of what the caller is told.

const { endedBy } = require('./answer.js');
const { FLAGS, routeFlags } = require('./call-flags.js');
const { sharedOptions } = require('./call-options.js');
const { CallRoutes } = require('./call-routes.js');
const { aborted } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const { callerAnswers } = require('./input-rounds.js');
const { warn } = require('./log/logger.js');
const mailbox = require('./mailbox.js');
const { openSlots, releaseSlot, waitForSlot } = require('./mcp-semaphore.js');
const { native } = require('./native.js');
const { onAbort } = require('./on-abort.js');
const { beginRemote, forgetEntryAfter, remoteDefinition } = require('./remote-servers.js');
const { running } = require('./running-calls.js');
const { textOf } = require('./text-of.js');
const { Turn } = require('./turn.js');

/** What `callBegin` answers instead of the number of a call. */
const NEEDS_HOST = 0;
const NO_SLOT = -1;

const routes = new CallRoutes();
const turn = new Turn(FLAGS.hold);

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
    /** When it came into the queue; 0: it is not there. */
    this.entered = 0;
    /** Why it is ended from this side, until whoever has it has let it go. */
    this.givenUp = undefined;
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
    if (this.givenUp !== undefined) return;
    try {
      this.options.onProgress({ progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) });
    } catch (error) {
      // A listener that throws must not cost the call its answer.
      warn(`onProgress of ${this.question.name} threw: ${textOf(error, 'stack')}`);
    }
  }

  /** The server asks before it answers. What the caller's function gives goes back to it; what it throws ends the call. */
  async asked(round, questions) {
    if (this.givenUp !== undefined) return;
    try {
      const answers = await callerAnswers(this.question, this.options.onInputRequired, JSON.parse(questions));
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
    if (this.entered !== 0) this.#leaveQueue();
    this.unwatch?.();
    mailbox.unref();
    if (answer.error !== undefined) forgetEntryAfter(answer.error, this.question.server);
    settle(this.givenUp === undefined ? answer : endedBy(this.givenUp, answer), this);
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
      onProgress: onProgress && ((progress) => this.progressed(progress)),
      onInput: onInputRequired && (async (questions) => JSON.parse(await callerAnswers(this.question, onInputRequired, questions))),
    };
    beginRemote(definition, this, listener, (answer) => this.finish(answer));
    return undefined;
  }

  #queue() {
    this.entered = performance.now();
    const granted = () => {
      // The signal fired between the grant and this.
      if (this.settle === undefined) return releaseSlot();
      this.#leaveQueue();
      this.#begin(FLAGS.holdsSlot);
    };
    waitForSlot(this.options.signal, granted, (error) => this.finish({ error }));
  }

  #leaveQueue() {
    this.queuedMs = performance.now() - this.entered;
    this.entered = 0;
  }

  #callBegin(flags, env) {
    const route = routes.number(this.question, this.options, routeFlags(this.question, this.options), sharedOptions());
    return native().callBegin(route, this.question.payload, flags | turn.flag(running.size > 0), env, this.options.sessionId);
  }

  /** True: the signal has fired already, and the call is settled. */
  #watch(signal) {
    const fire = () => this.#aborted(signal);
    if (signal.aborted) {
      fire();
      return true;
    }
    this.unwatch = onAbort(signal, fire);
    return false;
  }

  #aborted(signal) {
    const error = aborted(`the call of ${this.question.server}.${this.question.name}`, signal);
    this.#giveUp(error, textOf(signal.reason));
  }

  /** Ends the call from this side. Who has it knows how it fared, and its place on the lists goes with the news of its end: that settles it. */
  #giveUp(error, reason = error.message) {
    if (this.settle === undefined || this.givenUp !== undefined) return;
    this.givenUp = error;
    // Without effect on a call that has ended: the letter of that is on its way.
    if (this.number !== 0) native().callCancel(this.number, reason);
    else if (this.remote !== undefined) this.remote.abort(error.cause);
    // In the queue the waiter watches the same signal and leaves by itself.
    else this.finish({ error });
  }
}

module.exports = { ToolCall };
