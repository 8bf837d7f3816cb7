'use strict';

const { invalidArgument } = require('./errors.js');
const { milliseconds, optionalObject, optionalSignal } = require('./validate.js');

const DEFAULT_MAX_CONCURRENT = 3;
const DEFAULT_QUEUE_TIMEOUT_MS = 60_000;

/** The shared limiter counts in 32 bits; no machine runs more at once. */
const MAX_PERMITS = 2 ** 31 - 1;

function isMaxConcurrent(value) {
  return Number.isInteger(value) && value >= 1 && value <= MAX_PERMITS;
}

function checkMaxConcurrent(value) {
  if (!isMaxConcurrent(value)) throw invalidArgument('maxConcurrent', value, `an integer from 1 to ${MAX_PERMITS}`);
}

function checkMaxQueue(value) {
  if (value === Infinity || (Number.isInteger(value) && value >= 0 && value <= MAX_PERMITS)) return;
  throw invalidArgument('maxQueue', value, `an integer from 0 to ${MAX_PERMITS}, or Infinity`);
}

/** What a semaphore is made with, defaults filled in. */
function parseSettings(maxConcurrent = DEFAULT_MAX_CONCURRENT, options = {}) {
  const { queueTimeout, maxQueue = Infinity } = optionalObject('options', options);
  checkMaxConcurrent(maxConcurrent);
  checkMaxQueue(maxQueue);
  return { maxConcurrent, queueTimeout: milliseconds('queueTimeout', queueTimeout, DEFAULT_QUEUE_TIMEOUT_MS), maxQueue };
}

/** What one acquire is made with. */
function parseAcquire(given, defaults) {
  const { timeout, signal } = optionalObject('options', given);
  return { timeout: milliseconds('timeout', timeout, defaults.timeout), signal: optionalSignal('signal', signal) };
}

module.exports = {
  DEFAULT_MAX_CONCURRENT,
  MAX_PERMITS,
  isMaxConcurrent,
  checkMaxConcurrent,
  parseSettings,
  parseAcquire,
};
