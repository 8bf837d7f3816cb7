'use strict';
// The options of a tool call: checked once, with defaults filled in.

const { milliseconds, wholeNumber, oneOf, optionalFunction, optionalSignal, optionalObject, nonEmptyString } = require('./validate.js');
const { invalidArgument } = require('./errors.js');
const { withFileSettings } = require('./file-settings.js');
const settings = require('./settings.js');

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 2;
/** `maxTotalMs` where nobody set it: a server that reports progress for ever must still end. */
const TOTAL_PER_TIMEOUT = 10;

const NONE = Object.freeze({});

/** One shape for all calls, whatever was given: the path of a call is compiled for it. */
class CallOptions {
  constructor(given) {
    const { timeoutMs, maxRetries } = configured();
    this.timeoutMs = milliseconds('options.timeoutMs', given.timeoutMs, timeoutMs);
    this.maxTotalMs = milliseconds('options.maxTotalMs', given.maxTotalMs, this.timeoutMs * TOTAL_PER_TIMEOUT);
    this.maxRetries = wholeNumber('options.maxRetries', given.maxRetries, 0, maxRetries);
    this.annotated = oneOf('options.retry', given.retry, ['never-sent', 'annotated'], 'never-sent') === 'annotated';
    this.resetOnProgress = given.resetTimeoutOnProgress === true;
    this.onProgress = optionalFunction('options.onProgress', given.onProgress);
    this.onInputRequired = optionalFunction('options.onInputRequired', given.onInputRequired);
    this.signal = optionalSignal('options.signal', given.signal);
    this.sessionId = given.sessionId;
  }
}

let chosen;
let chosenOf;

/** What holds where a call does not say; read once per settings. */
function configured() {
  const current = settings.current();
  if (chosenOf !== current) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, maxRetries = DEFAULT_RETRIES } = withFileSettings(current, ['timeoutMs', 'maxRetries']);
    chosen = { timeoutMs, maxRetries };
    chosenOf = current;
  }
  return chosen;
}

let defaults;
let defaultsOf;

/** Accepts what callToolAsync accepts: nothing, a number (the timeout), or an object. */
function callOptions(options) {
  if (options === undefined || options === null) return defaultOptions();
  if (typeof options === 'number') return new CallOptions({ timeoutMs: options });
  if (typeof options !== 'object' || Array.isArray(options)) throw invalidArgument('options', options, 'a number of milliseconds or an object');
  optionalObject('options', options);
  if (options.sessionId !== undefined) nonEmptyString('options.sessionId', options.sessionId);
  return new CallOptions(options);
}

/** Made once per settings. */
function defaultOptions() {
  const current = settings.current();
  if (defaultsOf !== current) {
    defaults = new CallOptions(NONE);
    defaultsOf = current;
  }
  return defaults;
}

module.exports = { callOptions, defaultOptions };
