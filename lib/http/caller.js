'use strict';

const { ProcmanError } = require('../api/errors.js');
const { unlessAborted } = require('./unless-aborted.js');

/** The caller of one call as the one who answers its server. The call's timeout stands still meanwhile. */
class Caller {
  #onInput;
  #deadline;
  #thinking = 0;

  /**
   * @param {(questions: object) => Promise<object>} onInput
   * @param {import('./deadline.js').Deadline} deadline
   */
  constructor(onInput, deadline) {
    this.#onInput = onInput;
    this.#deadline = deadline;
  }

  /** Answers by the keys of the questions; throws what ends the call. */
  async answer(questions) {
    this.#thinking += 1;
    this.#deadline.hold();
    try {
      return await unlessAborted(this.#onInput(questions), this.#deadline.signal);
    } finally {
      this.#thinking -= 1;
      if (this.#thinking === 0) this.#deadline.resume();
    }
  }

  /** A server of an older protocol asks by a request of its own. Who cannot answer it ends the call. */
  async question(method, params) {
    try {
      const answers = await this.answer({ [method]: { method, params } });
      if (answers[method] === undefined) throw unanswered(method);
      return answers[method];
    } catch (error) {
      this.#deadline.fail(error);
      throw error;
    }
  }
}

function unanswered(method) {
  return new ProcmanError('ERR_INPUT_REQUIRED', `onInputRequired gave no '${method}'; return an answer for each key of its argument`, { details: { method } });
}

module.exports = { Caller };
