'use strict';

const { ProcmanError } = require('../../index.js');
const { Deadline } = require('./deadline.js');
const { inputRequired } = require('./failures.js');
const { isHarmless } = require('./harmless.js');
const { decide } = require('./retry.js');

/** One call of an HTTP server: connects, asks, and asks again where the rule allows, all within its time. */
class HttpCall {
  #connections;
  #definition;
  #question;
  #options;
  #onProgress;
  #deadline;
  #attempts = 0;
  #renewed = false;

  /**
   * @param {object} connections
   * @param {{definition: object, question: {name: string, payload: string, tool: boolean}, options: object, signal?: AbortSignal, onProgress?: Function}} job
   */
  constructor(connections, { definition, question, options, signal, onProgress }) {
    this.#connections = connections;
    this.#definition = definition;
    this.#question = question;
    this.#options = options;
    this.#onProgress = onProgress;
    this.#deadline = new Deadline(options, signal, (elapsedMs) => this.#late(elapsedMs));
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

  async #untilDone() {
    for (;;) {
      this.#attempts += 1;
      const { result, failure } = await this.#try();
      if (failure === undefined) return result;
      const past = { attempts: this.#attempts, renewed: this.#renewed };
      const next = decide(failure, past, this.#options, Math.random());
      if (!next.again || (next.ifHarmless && !(await this.#isHarmless()))) throw failure.error;
      this.#renewed ||= next.renew === true;
      await this.#deadline.pause(next.delayMs);
    }
  }

  /** A failure is told, anything else thrown: the end of the call's time, or its caller's wish. */
  async #try() {
    let shared;
    try {
      shared = await this.#connections.take(this.#definition, this.#deadline.signal);
      return { result: await this.#ask(shared.connection) };
    } catch (thrown) {
      this.#deadline.signal.throwIfAborted();
      if (thrown?.error === undefined) throw thrown;
      if (thrown.expired || thrown.error.code === 'ERR_AUTH_REQUIRED') shared && this.#connections.retire(shared);
      return { failure: thrown };
    } finally {
      if (shared !== undefined) this.#connections.give(shared);
    }
  }

  async #ask(connection) {
    const { name, tool, payload } = this.#question;
    const params = payload === '' ? undefined : JSON.parse(payload);
    const [method, asked] = tool ? ['tools/call', { name, arguments: params }] : [name, params];
    const result = await connection.request(method, asked, { signal: this.#deadline.signal, onprogress: this.#progressListener() });
    if (result?.resultType === 'input_required') throw inputRequired({ definition: this.#definition }, name);
    return result;
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
