'use strict';
// The options of a tool call: checked once, with defaults filled in.

const { milliseconds, wholeNumber, oneOf, optionalFunction, optionalSignal, optionalObject, nonEmptyString } = require('./validate.js');
const { invalidArgument } = require('./errors.js');
const { withFileSettings } = require('./file-settings.js');
const settings = require('./settings.js');

const DEFAULTS = Object.freeze({ timeoutMs: 30_000, maxRetries: 2 });
/** `maxTotalMs` where nobody set it: a server that reports progress for ever must still end. */
const TOTAL_PER_TIMEOUT = 10;

const NONE = Object.freeze({});

/** One shape for all calls, whatever was given: the path of a call is compiled for it. */
class CallOptions {
  constructor(given) {
    // What a call says itself is not looked up: a wrong value there is not its concern.
    const { timeoutMs = configured('timeoutMs'), maxRetries = configured('maxRetries') } = given;
    this.timeoutMs = milliseconds('options.timeoutMs', timeoutMs);
    this.maxTotalMs = milliseconds('options.maxTotalMs', given.maxTotalMs, this.timeoutMs * TOTAL_PER_TIMEOUT);
    this.maxRetries = wholeNumber('options.maxRetries', maxRetries, 0);
    this.annotated = oneOf('options.retry', given.retry, ['never-sent', 'annotated'], 'never-sent') === 'annotated';
    this.resetOnProgress = given.resetTimeoutOnProgress === true;
    this.onProgress = optionalFunction('options.onProgress', given.onProgress);
    this.onInputRequired = optionalFunction('options.onInputRequired', given.onInputRequired);
    this.signal = optionalSignal('options.signal', given.signal);
    this.sessionId = given.sessionId;
  }
}

let chosen = {};
let chosenOf;

/** What holds where a call does not say; read once per settings. */
function configured(name) {
  const current = settings.current();
  if (chosenOf !== current) {
    chosen = configuredTogether(current);
    chosenOf = current;
  }
  return (chosen[name] ??= withFileSettings(current, [name])[name] ?? DEFAULTS[name]);
}

/** One look at the files for all. Where one value is wrong, each is looked up for who needs it. */
function configuredTogether(current) {
  try {
    const { timeoutMs = DEFAULTS.timeoutMs, maxRetries = DEFAULTS.maxRetries } = withFileSettings(current, ['timeoutMs', 'maxRetries']);
    return { timeoutMs, maxRetries };
  } catch {
    return {};
  }
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

/** The options that calls without options have in common; undefined where none was made yet. */
const sharedOptions = () => (defaultsOf === settings.current() ? defaults : undefined);

module.exports = { callOptions, sharedOptions };
