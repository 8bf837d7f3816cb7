'use strict';
// What a server asks the client behind a transport: sampling, elicitation, roots.

/** Capability of a client, and the question that it says will be answered. */
const QUESTIONS = { sampling: 'sampling/createMessage', elicitation: 'elicitation/create', roots: 'roots/list' };

/** Questions on their way to the client and back. */
class ClientQuestions {
  #tell;
  #open = new Map();
  #last = 0;

  /** @param {(message: object) => void} tell brings a message to the client */
  constructor(tell) {
    this.#tell = tell;
  }

  /**
   * Handlers for `getServer()`, as the client's capabilities say; undefined if it answers nothing.
   * @param {Record<string, unknown>} [capabilities]
   */
  handlersFor(capabilities = {}) {
    const methods = Object.keys(QUESTIONS).filter((name) => capabilities[name] !== undefined).map((name) => QUESTIONS[name]);
    if (methods.length === 0) return undefined;
    return Object.fromEntries(methods.map((method) => [method, (params) => this.#ask(method, params)]));
  }

  /** The client's response to one of them; others are nobody's. */
  answered({ id, result, error }) {
    const question = this.#open.get(id);
    this.#open.delete(id);
    if (error === undefined) question?.resolve(result);
    else question?.reject(error);
  }

  #ask(method, params) {
    this.#last += 1;
    const id = `procman-${this.#last}`;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#tell({ id, method, ...(params !== undefined && { params }) });
    });
  }
}

module.exports = { ClientQuestions };
