'use strict';
// What procman says by itself: to the logger that configure() was given on this thread. Without one, warnings are warnings of the process, and
// the rest is not said. Owns where a line goes; what it says is for others.

const { invalidArgument } = require('../errors.js');

const LEVELS = ['debug', 'info', 'warn', 'error'];

let logger;
let prefix = '';

/** The logger of `configure()`, checked; undefined: none. */
function checkedLogger(value) {
  if (value === undefined) return undefined;
  const missing = value === null || typeof value !== 'object' ? LEVELS : LEVELS.filter((level) => typeof value[level] !== 'function');
  if (missing.length === 0) return value;
  throw invalidArgument('options.logger', value, `an object with the functions ${LEVELS.join(', ')} (console, or one like it); ${missing.join(', ')} is missing`);
}

/** From now on lines go there, behind the prefix. */
function logTo(wanted, itsPrefix = '') {
  logger = wanted;
  prefix = itsPrefix === '' ? '' : `${itsPrefix} `;
}

const hasLogger = () => logger !== undefined;

/** Says something that nobody needs to hear who gave no logger. */
function say(level, text) {
  if (logger !== undefined) hand(level, text);
}

/** Says something that must be heard. */
function warn(text) {
  if (logger === undefined || !hand('warn', text)) process.emitWarning(text, 'ProcmanWarning');
}

/** Whether the logger took it. One that throws must cost nobody an answer. */
function hand(level, text) {
  try {
    logger[level](prefix + text);
    return true;
  } catch {
    return false;
  }
}

module.exports = { checkedLogger, logTo, hasLogger, say, warn };
