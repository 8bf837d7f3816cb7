'use strict';

const { invalidArgument } = require('./errors.js');

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

function checkTimeout(name, value) {
  if (typeof value === 'number' && value >= 0) return;
  throw invalidArgument(name, value, 'a number of milliseconds, 0 or more (Infinity: never)');
}

function checkMaxQueue(value) {
  if (value === Infinity || (Number.isInteger(value) && value >= 0 && value <= MAX_PERMITS)) return;
  throw invalidArgument('maxQueue', value, `an integer from 0 to ${MAX_PERMITS}, or Infinity`);
}

function checkSignal(value) {
  if (value === undefined || value instanceof AbortSignal) return;
  throw invalidArgument('signal', value, 'an AbortSignal');
}

function checkObject(name, value) {
  if (typeof value !== 'object' || value === null) throw invalidArgument(name, value, 'an object');
}

/** What a semaphore is made with, defaults filled in. */
function parseSettings(maxConcurrent = DEFAULT_MAX_CONCURRENT, options = {}) {
  checkObject('options', options);
  const { queueTimeout = DEFAULT_QUEUE_TIMEOUT_MS, maxQueue = Infinity } = options;
  checkMaxConcurrent(maxConcurrent);
  checkTimeout('queueTimeout', queueTimeout);
  checkMaxQueue(maxQueue);
  return { maxConcurrent, queueTimeout, maxQueue };
}

/** What one acquire is made with. */
function parseAcquire(given, defaults) {
  checkObject('options', given);
  const { timeout = defaults.timeout, signal } = given;
  checkTimeout('timeout', timeout);
  checkSignal(signal);
  return { timeout, signal };
}

module.exports = {
  DEFAULT_MAX_CONCURRENT,
  MAX_PERMITS,
  isMaxConcurrent,
  checkMaxConcurrent,
  parseSettings,
  parseAcquire,
};
