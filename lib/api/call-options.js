'use strict';
// The options of a tool call: checked once, with defaults filled in.

const { milliseconds, wholeNumber, oneOf, optionalFunction, optionalSignal, optionalObject, nonEmptyString } = require('./validate.js');
const { ProcmanError, invalidArgument } = require('./errors.js');
const settings = require('./settings.js');

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 2;
/** `maxTotalMs` where nobody set it: a server that reports progress for ever must still end. */
const TOTAL_PER_TIMEOUT = 10;

/** Accepts what callToolAsync accepts: nothing, a number (the timeout), or an object. */
function callOptions(options) {
  if (options === undefined || options === null) return defaults();
  if (typeof options === 'number') return { ...defaults(), ...times({ timeoutMs: options }) };
  if (typeof options !== 'object' || Array.isArray(options)) throw invalidArgument('options', options, 'a number of milliseconds or an object');
  optionalObject('options', options);
  if (options.sessionId !== undefined) nonEmptyString('options.sessionId', options.sessionId);
  refuseInput(options);
  return {
    ...times(options),
    maxRetries: wholeNumber('options.maxRetries', options.maxRetries, 0, settings.current().maxRetries ?? DEFAULT_RETRIES),
    annotated: oneOf('options.retry', options.retry, ['never-sent', 'annotated'], 'never-sent') === 'annotated',
    resetOnProgress: options.resetTimeoutOnProgress === true,
    onProgress: optionalFunction('options.onProgress', options.onProgress),
    signal: optionalSignal('options.signal', options.signal),
  };
}

const defaults = () => ({
  ...times({}),
  maxRetries: settings.current().maxRetries ?? DEFAULT_RETRIES,
  annotated: false,
  resetOnProgress: false,
  onProgress: undefined,
  signal: undefined,
});

function times({ timeoutMs, maxTotalMs }) {
  const timeout = milliseconds('options.timeoutMs', timeoutMs, settings.current().timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return { timeoutMs: timeout, maxTotalMs: milliseconds('options.maxTotalMs', maxTotalMs, timeout * TOTAL_PER_TIMEOUT) };
}

/** Servers that ask back exist only in the 2026-07-28 protocol, which this version does not speak: better told than ignored. */
function refuseInput({ onInputRequired }) {
  if (onInputRequired === undefined) return;
  throw new ProcmanError('ERR_UNSUPPORTED', 'options.onInputRequired needs the 2026-07-28 protocol, which this version does not speak; leave it out', {
    details: { option: 'onInputRequired' },
  });
}

module.exports = { callOptions };
