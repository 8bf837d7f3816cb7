'use strict';
// The shapes that arguments come in. Each check returns the value, or its default where nothing was given.

const { invalidArgument } = require('./errors.js');

/** The native part counts in 32 bits, and a number beyond them would become another one there. */
const MAX_WHOLE = 2 ** 31 - 1;

/** A non-empty string without NUL. */
function nonEmptyString(name, value) {
  if (typeof value !== 'string' || value === '') throw invalidArgument(name, value, 'a non-empty string');
  if (value.includes('\0')) throw invalidArgument(name, value, 'a string without NUL bytes');
  return value;
}

/** Strings without NUL, or undefined. A copy. */
function optionalStrings(name, value) {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalidArgument(name, value, 'an array of strings');
  // By a copy: a place that holds nothing is wrong too.
  return Array.from(value, (text, index) => {
    if (typeof text !== 'string') throw invalidArgument(`${name}[${index}]`, text, 'a string');
    if (text.includes('\0')) throw invalidArgument(`${name}[${index}]`, text, 'a string without NUL bytes');
    return text;
  });
}

/** Milliseconds: a number ≥ 0, Infinity allowed. */
function milliseconds(name, value, fallback) {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= 0)) {
    throw invalidArgument(name, value, 'a number of milliseconds, 0 or more (Infinity: never)');
  }
  return value;
}

/** A whole number from `least` to `most`. */
function wholeNumber(name, value, least, fallback, most = MAX_WHOLE) {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < least) throw invalidArgument(name, value, `a whole number, ${least} or more`);
  if (value > most) throw invalidArgument(name, value, `at most ${most}`);
  return value;
}

/** True or false. */
function boolean(name, value, fallback) {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidArgument(name, value, 'true or false');
  return value;
}

/** One of a few strings. */
function oneOf(name, value, choices, fallback) {
  if (value === undefined) return fallback;
  if (!choices.includes(value)) throw invalidArgument(name, value, `one of ${choices.map((c) => `'${c}'`).join(', ')}`);
  return value;
}

/** A function. */
function requiredFunction(name, value) {
  if (typeof value !== 'function') throw invalidArgument(name, value, 'a function');
  return value;
}

/** A function, or undefined. */
const optionalFunction = (name, value) => (value === undefined ? value : requiredFunction(name, value));

/** An AbortSignal, or undefined. */
function optionalSignal(name, value) {
  if (value !== undefined && (value === null || typeof value.addEventListener !== 'function' || typeof value.aborted !== 'boolean')) {
    throw invalidArgument(name, value, 'an AbortSignal');
  }
  return value;
}

/** A plain object (not an array), or undefined. */
function optionalObject(name, value) {
  if (value === undefined) return undefined;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalidArgument(name, value, 'an object');
  return value;
}

module.exports = { nonEmptyString, milliseconds, wholeNumber, boolean, oneOf, requiredFunction, optionalFunction, optionalSignal, optionalObject, optionalStrings };
