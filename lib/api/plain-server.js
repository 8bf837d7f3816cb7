'use strict';
// Servers and settings of pools as JSON can hold them: it knows neither undefined nor Infinity.

/**
 * What a program said of a server or a pool. In `env`, null stands for undefined ("remove"); the string "Infinity" for the number.
 * @template {{env?: object, procman?: object}} T
 * @param {T | undefined} options
 */
function plainServer(options) {
  const plain = mapValues(options, finite);
  if (plain?.env) plain.env = mapValues(plain.env, (value) => value ?? null);
  if (plain?.procman) plain.procman = mapValues(plain.procman, finite);
  return plain;
}

/** What is no object is left for the reader of the JSON to refuse. */
function mapValues(value, map) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, map(inner)]));
}

const finite = (value) => (value === Infinity ? 'Infinity' : value);

module.exports = { plainServer };
