'use strict';
// Numbers that come from environment variables: read when they are needed, so that a bad one stops only who needs it.

const { ProcmanError } = require('./errors.js');

/**
 * The number of a variable, or the fallback where it is not set.
 * @param {string} variable
 * @param {number} fallback
 * @param {(value: number) => string | undefined} fault what is wrong with a number ≥ 0, with the next step
 * @throws ERR_CONFIG naming the variable
 */
function environmentNumber(variable, fallback, fault = () => undefined) {
  const text = process.env[variable];
  if (text === undefined || text.trim() === '') return fallback;
  const value = /^\s*(\d+(\.\d+)?|Infinity)\s*$/.test(text) ? Number(text) : NaN;
  const wrong = Number.isNaN(value) ? 'must be a number, 0 or more; correct or unset it' : fault(value);
  if (wrong === undefined) return value;
  throw new ProcmanError('ERR_CONFIG', `${variable} is ${JSON.stringify(text)}, which ${wrong}`, { details: { variable, value: text } });
}

module.exports = { environmentNumber };
