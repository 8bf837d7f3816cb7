'use strict';

const { ProcmanError } = require('../api/errors.js');

/** A server that asks on and on is told from one with a long form by this many rounds. */
const MOST = 10;
/** Between two tries of a request that the server put off. */
const PAUSE_MS = 250;
/** Requests that may be answered by questions. */
const ALLOWED = new Set(['tools/call', 'prompts/get', 'resources/read']);
/** What a caller answers who takes whole rounds. */
const CAPABILITIES = { 'io.modelcontextprotocol/clientCapabilities': { sampling: {}, elicitation: {}, roots: {} } };

/**
 * Rounds of one call (2026-07-28): the server answers with questions, its caller answers them, and the request goes out again as a new one.
 *
 * | `input_required` | the next request has |
 * |---|---|
 * | questions, and the caller takes them | its answers and the server's state |
 * | questions, and nobody takes them | – `ERR_INPUT_REQUIRED` |
 * | a state only | the state, after 250 ms |
 * | neither, or on a request that may not be answered so | – `ERR_SERVER_PROTOCOL` |
 * | any, after ten rounds | – `ERR_INPUT_REQUIRED` |
 */
class InputRounds {
  #server;
  #name;
  #method;
  #caller;
  #round = 0;
  #members = {};

  /**
   * @param {{server: string, name: string, method: string}} call
   * @param {{answer: (questions: object) => Promise<object>}} [caller] undefined: nobody answers
   */
  constructor({ server, name, method }, caller) {
    this.#server = server;
    this.#name = name;
    this.#method = method;
    this.#caller = caller;
  }

  /** The params of the next request, on a connection of the 2026-07-28 protocol. */
  next(params) {
    if (this.#caller === undefined) return this.#round === 0 ? params : { ...params, ...this.#members };
    return { ...params, ...this.#members, _meta: { ...CAPABILITIES, ...params?._meta } };
  }

  /**
   * Does what the server wants before the next request.
   * @returns {Promise<number>} milliseconds to wait
   * @throws the errors of the table, and what the caller throws
   */
  async required({ inputRequests: questions = {}, requestState }) {
    const asks = Object.keys(questions).length > 0;
    if (!ALLOWED.has(this.#method) || (!asks && requestState === undefined)) throw this.#notAllowed();
    this.#round += 1;
    if (this.#round > MOST) throw this.#refused(`still asks after ${MOST} rounds; look at what onInputRequired answers`, questions);
    if (asks && this.#caller === undefined) throw this.#refused('asks its caller something before it answers; pass onInputRequired', questions);
    const answers = asks ? { inputResponses: await this.#caller.answer(questions) } : {};
    this.#members = { ...answers, ...(requestState !== undefined && { requestState }) };
    return asks ? 0 : PAUSE_MS;
  }

  #refused(what, inputRequests) {
    return new ProcmanError('ERR_INPUT_REQUIRED', `${this.#server}.${this.#name} ${what}`, {
      details: { server: this.#server, tool: this.#name, ...(Object.keys(inputRequests).length > 0 && { inputRequests }) },
    });
  }

  #notAllowed() {
    return new ProcmanError('ERR_SERVER_PROTOCOL', `server '${this.#server}' answered ${this.#method} by a question that MCP 2026-07-28 does not allow there; report it to its author`, {
      details: { server: this.#server, tool: this.#name },
    });
  }
}

module.exports = { InputRounds };
