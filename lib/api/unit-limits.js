'use strict';
// The limits of a unit: which of them can be kept. A limit that is not kept must be told, never ignored.

const { ProcmanError, invalidArgument } = require('./errors.js');
const { optionalObject } = require('./validate.js');

const BYTES_PER_MB = 2 ** 20;

/** What the native part takes: bytes, Infinity where none is named. */
function memoryLimitOf(limits) {
  const { maxMemoryMB, ...others } = optionalObject('options.limits', limits) ?? {};
  refuse(others);
  if (maxMemoryMB === undefined) return Infinity;
  if (typeof maxMemoryMB !== 'number' || !(maxMemoryMB > 0)) {
    throw invalidArgument('options.limits.maxMemoryMB', maxMemoryMB, 'a number of megabytes above 0 (Infinity: none)');
  }
  return maxMemoryMB * BYTES_PER_MB;
}

function refuse(others) {
  const named = Object.keys(others).filter((name) => others[name] !== undefined);
  if (named.length === 0) return;
  throw new ProcmanError('ERR_UNSUPPORTED', `options.limits (${named.join(', ')}) cannot be kept by this version; leave it out`, {
    details: { limits: named },
  });
}

module.exports = { memoryLimitOf };
