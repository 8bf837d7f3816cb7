'use strict';
// What a server asks the client behind a transport: sampling, elicitation, roots.

const { QUESTIONS } = require('../pool/handlers.js');

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
    const methods = Object.keys(QUESTIONS).filter((method) => capabilities[QUESTIONS[method].capability] !== undefined);
    if (methods.length === 0) return undefined;
    return Object.fromEntries(methods.map((method) => [method, (params, { signal }) => this.#ask(method, params, signal)]));
  }

  /** The client's response to one of them; others are nobody's. */
  answered({ id, result, error }) {
    const question = this.#open.get(id);
    this.#open.delete(id);
    if (error === undefined) question?.resolve(result);
    else question?.reject(error);
  }

  /** The client is gone: nobody answers what is open. */
  abandon() {
    for (const { reject } of this.#open.values()) reject(new Error('the client has left'));
    this.#open.clear();
  }

  #ask(method, params, signal) {
    this.#last += 1;
    const id = `procman-${this.#last}`;
    signal.addEventListener('abort', () => this.#takeBack(id), { once: true });
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#tell({ id, method, ...(params !== undefined && { params }) });
    });
  }

  /** The server does not want to know any more. */
  #takeBack(id) {
    const question = this.#open.get(id);
    if (!this.#open.delete(id)) return;
    this.#tell({ method: 'notifications/cancelled', params: { requestId: id, reason: 'the server took its question back' } });
    question.reject(new Error('taken back'));
  }
}

/** What a client says of its answers, as `getServer()` takes it: it may be able to do more than questions. */
function detailsOf(capabilities = {}) {
  const declared = Object.values(QUESTIONS).filter(({ capability }) => capabilities[capability] !== undefined);
  return Object.fromEntries(declared.map(({ capability }) => [capability, capabilities[capability]]));
}

module.exports = { ClientQuestions, detailsOf };
