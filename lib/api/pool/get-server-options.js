'use strict';
// The options of getServer(): checked once.

const { invalidArgument } = require('../errors.js');
const { milliseconds, nonEmptyString, optionalObject, optionalSignal } = require('../validate.js');
const { checkedCapabilities, checkedHandlers } = require('./handlers.js');

const NONE = Object.freeze({});
const KEYS = ['sessionId', 'timeoutMs', 'signal', 'handlers', 'capabilities'];

/** @throws ERR_INVALID_ARGUMENT */
function getServerOptions(given) {
  if (given === undefined) return NONE;
  if (given === null) throw invalidArgument('options', given, 'an object');
  optionalObject('options', given);
  for (const name of Object.keys(given)) if (!KEYS.includes(name)) throw invalidArgument('options', name, `an object with keys out of ${KEYS.join(', ')}`);
  const { sessionId, timeoutMs, signal, handlers, capabilities } = given;
  return {
    sessionId: sessionId === undefined ? undefined : nonEmptyString('options.sessionId', sessionId),
    timeoutMs: milliseconds('options.timeoutMs', timeoutMs, undefined),
    signal: optionalSignal('options.signal', signal),
    handlers: checkedHandlers(handlers),
    capabilities: checkedCapabilities(capabilities, handlers),
  };
}

module.exports = { getServerOptions };
