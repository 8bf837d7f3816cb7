'use strict';
// Checks of option values: each names the option, the rule and the value.

const { constants } = require('node:os');
const { parseDuration } = require('./format/quantities.js');
const { UsageError } = require('./usage-error.js');

const integer = (option, pattern, rule) => (text) => {
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`${option} must be ${rule}; got '${text}'`, { option, value: text });
  return value;
};

const positiveInteger = (option) => integer(option, /^0*[1-9]\d*$/, 'a whole number of milliseconds above 0');

const duration = (option) => (text) => {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${option} must be a time such as 500ms, 15s or 2m; got '${text}'`, { option, value: text });
  return ms;
};

const pid = (text) => {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw new UsageError(`'${text}' is no process id; write a number, as procman ps shows it`, { value: text });
  return Number(text);
};

const signalName = (option) => (text) => {
  if (!Object.hasOwn(constants.signals, text)) throw new UsageError(`${option} must be the name of a signal, such as SIGTERM; got '${text}'`, { option, value: text });
  return text;
};

const oneOf = (option, choices) => (text) => {
  if (!choices.includes(text)) throw new UsageError(`${option} must be one of ${choices.join(', ')}; got '${text}'`, { option, value: text });
  return text;
};

module.exports = { positiveInteger, duration, pid, signalName, oneOf };
