'use strict';

const { ProcmanError } = require('../api/errors.js');
const { Caller } = require('./caller.js');
const { Deadline } = require('./deadline.js');
const { closedByHost } = require('./failures.js');
const { isHarmless } = require('./harmless.js');
const { InputRounds } = require('./input-rounds.js');
const { decide } = require('./retry.js');

/** Protocols of an entry that may turn out to be 2026-07-28. */
const MAY_BE_MODERN = new Set(['auto', '2026-07-28']);

/** One call of an HTTP server: connects, asks, and asks again where the rule allows, all within its time. */
class HttpCall {
  #connections;
  #definition;
  #question;
  #options;
  #onProgress;
  #deadline;
  #rounds;
  /** Undefined: nobody answers. */
  #caller;
  #attempts = 0;
  #connected = false;
  #renewed = false;

  /**
   * @param {object} connections
   * @param {{definition: object, question: {name: string, payload: string, tool: boolean}, options: object, signal?: AbortSignal, onProgress?: Function, onInput?: Function}} job
   */
  constructor(connections, { definition, question, options, signal, onProgress, onInput }) {
    this.#connections = connections;
    this.#definition = definition;
    this.#question = question;
    this.#options = options;
    this.#onProgress = onProgress;
    this.#deadline = new Deadline(options, signal, (elapsedMs) => this.#late(elapsedMs));
    this.#caller = onInput && new Caller(onInput, this.#deadline);
    this.#rounds = new InputRounds({ server: definition.name, name: question.name, method: this.#method }, this.#caller);
  }

  /** Resolves to `{ result, attempts }` or `{ error, attempts }`. */
  async run() {
    try {
      this.#assertAllowed();
      const result = await this.#untilDone();
      return { result, attempts: this.#attempts };
    } catch (error) {
      return { error, attempts: this.#attempts };
    } finally {
      this.#deadline.end();
    }
  }

  /** Whose call it is. */
  get server() {
    return this.#definition.name;
  }

  /** A call without a session, between two tries or two rounds, would begin one behind the close. Those that have one end with it. */
  closed() {
    if (!this.#connected) this.#deadline.fail(closedByHost(this.#definition));
  }

  /** Rounds of questions, each with its tries. */
  async #untilDone() {
    for (;;) {
      const { result, asks } = await this.#untilAnswered();
      if (!asks) return result;
      const pauseMs = await this.#rounds.required(result);
      await this.#deadline.pause(pauseMs);
      // The first request of a round is no try.
      this.#attempts -= 1;
    }
  }

  async #untilAnswered() {
    for (;;) {
      this.#attempts += 1;
      const { failure, ...answer } = await this.#try();
      if (failure === undefined) return answer;
      const failedAt = performance.now();
      const past = { attempts: this.#attempts, renewed: this.#renewed };
      const next = decide(failure, past, this.#options, Math.random());
      if (!next.again || (next.ifHarmless && !(await this.#isHarmless()))) throw failure.error;
      this.#renewed ||= next.renew === true;
      // The question for the annotations ran meanwhile.
      const pauseMs = Math.max(0, next.delayMs - (performance.now() - failedAt));
      // The real reason says more than a timeout that is certain to follow.
      if (pauseMs > 0 && pauseMs >= this.#deadline.leftMs) throw failure.error;
      await this.#deadline.pause(pauseMs);
    }
  }

  /** A failure is told, anything else thrown: the end of the call's time, or its caller's wish. */
  async #try() {
    let shared;
    try {
      this.#connected = true;
      shared = await this.#take();
      return await this.#ask(shared.connection);
    } catch (thrown) {
      this.#deadline.signal.throwIfAborted();
      if (thrown?.error === undefined) throw thrown;
      if (thrown.doubtful || thrown.error.code === 'ERR_AUTH_REQUIRED') shared && this.#connections.retire(shared);
      return { failure: thrown };
    } finally {
      this.#connected = false;
      if (shared !== undefined) this.#connections.give(shared);
    }
  }

  /** A server of the older protocol asks by a request of its own, which names no call: whoever answers has a session for the time of the call. */
  async #take() {
    const { signal } = this.#deadline;
    if (this.#caller === undefined) return this.#connections.take(this.#definition, signal);
    if (MAY_BE_MODERN.has(this.#definition.pool?.protocol)) {
      const shared = await this.#connections.take(this.#definition, signal);
      if (shared.connection.isModern) return shared;
      this.#connections.give(shared);
    }
    return this.#connections.takeOwn(this.#definition, signal);
  }

  async #ask(connection) {
    const { name, tool, payload } = this.#question;
    const given = payload === '' ? undefined : JSON.parse(payload);
    const params = tool ? { name, arguments: given } : given;
    const options = { signal: this.#deadline.signal, onprogress: this.#progressListener(), caller: this.#caller };
    if (!connection.isModern) return { result: await connection.request(this.#method, params, options) };
    const result = await connection.request(this.#method, this.#rounds.next(params), options);
    return { result, asks: result?.resultType === 'input_required' };
  }

  get #method() {
    return this.#question.tool ? 'tools/call' : this.#question.name;
  }

  /** None where nobody wants to know: servers report only when asked to. */
  #progressListener() {
    const { resetOnProgress } = this.#options;
    if (this.#onProgress === undefined && !resetOnProgress) return undefined;
    return (progress) => {
      if (resetOnProgress) this.#deadline.extend();
      this.#onProgress?.(progress);
    };
  }

  async #isHarmless() {
    if (!this.#question.tool) return false;
    const { signal } = this.#deadline;
    const shared = await this.#connections.take(this.#definition, signal).catch(() => undefined);
    if (shared === undefined) return false;
    try {
      return await isHarmless(shared.connection, this.#question.name, signal);
    } finally {
      this.#connections.give(shared);
    }
  }

  #assertAllowed() {
    const { allowedTools, blockedTools, name: server } = this.#definition;
    const { name, tool } = this.#question;
    if (!tool || (allowedTools?.includes(name) ?? !blockedTools?.includes(name))) return;
    throw new ProcmanError('ERR_CONFIG', `tool '${name}' of server '${server}' is shut out by allowedTools or blockedTools; change the server's entry to call it`, {
      details: { server, tool: name },
    });
  }

  #late(elapsedMs) {
    const [server, tool] = [this.#definition.name, this.#question.name];
    return new ProcmanError('ERR_CALL_TIMEOUT', `the call of ${server}.${tool} timed out after ${Math.round(elapsedMs)} ms; raise timeoutMs, or look at what the server is doing`, {
      details: { server, tool },
      retryable: true,
    });
  }
}

module.exports = { HttpCall };
