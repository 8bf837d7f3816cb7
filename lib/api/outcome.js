'use strict';
// What callToolAsync resolves to: one shape for success and failure.

const { inspect } = require('node:util');
const { parseResult } = require('./raw-json.js');

/** How mcporter prints a result that is neither JSON nor text. */
const INSPECT = { depth: 8, maxStringLength: null, breakLength: 80 };

/** The `error` of outcomes that callers of the original match by text. */
const SHORT_ERRORS = { ERR_CALL_TIMEOUT: 'Timeout', ERR_ABORTED: 'Aborted' };

class ToolCallOutcome {
  /** Raw JSON: a string, or a handle to bytes of the native part where it is large. */
  #raw;
  #parsed;
  #details;

  /** @internal */
  constructor({ output, raw, isError = false, error, pid, durationMs = 0, attempts = 0 }, queuedMs) {
    this.#raw = raw;
    this.success = error === undefined && !isError;
    this.output = output ?? '';
    if (isError) this.isError = true;
    if (pid !== undefined && pid !== null) this.pid = pid;
    this.queuedMs = queuedMs;
    this.durationMs = durationMs;
    this.attempts = attempts;
    if (error === undefined && (output === undefined || output === null)) this.#inspectOutput();
    if (!this.success) this.#fail(error);
  }

  /** The raw MCP result, parsed on first access. On the prototype: JSON.stringify leaves it out. */
  get result() {
    this.#parsed ??= parseResult(this.#raw);
    return this.#parsed;
  }

  /** Facts about the failure. On the prototype for the same reason. */
  get details() {
    return this.#details;
  }

  #fail(error) {
    this.#details = error?.details;
    this.error = error === undefined ? this.output : (SHORT_ERRORS[error.code] ?? error.message);
    this.code = error === undefined ? 'ERR_TOOL' : error.code;
  }

  /** Content that has no text: printed as mcporter prints it, when somebody reads it. */
  #inspectOutput() {
    const text = () => `${inspect(this.result, INSPECT)}\n`;
    Object.defineProperty(this, 'output', { enumerable: true, configurable: true, get: text });
  }
}

module.exports = { ToolCallOutcome };
