'use strict';
// A request on a lease or a pool. It takes no slot of mcpSemaphore: how many run at once is the pool's limit.

const { callOptions } = require('../call-options.js');
const { hostEnv } = require('../host-env.js');
const { settleParsed } = require('../raw-json.js');
const settings = require('../settings.js');
const { ToolCall } = require('../tool-call.js');

/** What `poolCall` answers instead of the number of a call: a server must be started, from which environment? */
const NEEDS_HOST = 0;

class PoolCall extends ToolCall {
  #send;

  /** @param {(request: Array, host: string | null, options: object) => number} send hands the request over and gives its number */
  constructor(question, options, settle, send) {
    super(question, options, settle);
    this.#send = send;
  }

  begin() {
    const { name, payload } = this.question;
    const { timeoutMs, maxTotalMs, maxRetries } = this.options;
    const request = [name, payload, this.flags(), timeoutMs, maxTotalMs, maxRetries];
    const number = this.#send(request, null, this.options);
    this.follow(number === NEEDS_HOST ? this.#send(request, hostEnv(), this.options) : number);
  }
}

/**
 * The raw result of a request, parsed; or a rejection.
 * @param {() => object} question makes and checks the question
 */
function askPool(question, options, send) {
  return new Promise((resolve, reject) => {
    const call = new PoolCall(question(), callOptions(options), (answer) => settleParsed(answer, resolve, reject), send);
    const closed = settings.closedError();
    if (closed === undefined) call.start();
    else reject(closed);
  });
}

module.exports = { askPool };
