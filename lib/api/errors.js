'use strict';

/** What marks a value of the native part as an error; `src/binding/error.rs` knows the same string. */
const NATIVE_TAG = 'procman.error';

/** Shared by every copy of the package, so that `instanceof` recognises the errors of all of them. */
const BRAND = Symbol.for('@ops/procman.ProcmanError');

/** The one error of procman. `docs/errors.md` lists the codes with cause and next step. */
class ProcmanError extends Error {
  constructor(code, message, { details = {}, retryable = false, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = Object.freeze(details);
    this.retryable = retryable;
  }

  /** For logs that write JSON: what Error has is not enumerable. */
  toJSON() {
    const { name, code, message, details, retryable } = this;
    return { name, code, message, details, retryable };
  }

  static [Symbol.hasInstance](value) {
    if (this !== ProcmanError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && value[BRAND] === true;
  }
}

// On the prototype: an error prints its code and details, not what is the same for all of them.
Object.defineProperties(ProcmanError.prototype, {
  [BRAND]: { value: true },
  name: {
    configurable: true,
    get() {
      return this.code === 'ERR_ABORTED' ? 'AbortError' : 'ProcmanError';
    },
  },
});

/** A value that breaks a documented rule: says which value, which rule, and what would be right. */
function invalidArgument(name, value, rule) {
  return new ProcmanError('ERR_INVALID_ARGUMENT', `${name} must be ${rule}; got ${describe(value)}`, {
    details: { argument: name, rule },
  });
}

/** The caller's signal fired. */
function aborted(what, signal) {
  return new ProcmanError('ERR_ABORTED', `${what} was aborted by its signal`, { cause: signal.reason });
}

/** Turns what the native part answered into a value, or throws what it reported. */
function unwrap(answer) {
  if (isNativeError(answer)) throw fromNative(answer);
  return answer;
}

function isNativeError(answer) {
  return typeof answer === 'object' && answer !== null && answer.tag === NATIVE_TAG;
}

function fromNative({ code, message, details, retryable }) {
  return new ProcmanError(code, message, { details: JSON.parse(details), retryable });
}

function describe(value) {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || value === null || typeof value !== 'object') {
    return typeof value === 'function' ? 'a function' : String(value);
  }
  return Array.isArray(value) ? 'an array' : 'an object';
}

module.exports = { ProcmanError, invalidArgument, aborted, unwrap, isNativeError, fromNative };
