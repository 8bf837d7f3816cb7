'use strict';
// Checks of option values: each names the option, the rule and the value.

const { UsageError } = require('./usage-error.js');

const integer = (option, pattern, rule) => (text) => {
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`${option} must be ${rule}; got '${text}'`, { option, value: text });
  return value;
};

const positiveInteger = (option) => integer(option, /^0*[1-9]\d*$/, 'a whole number of milliseconds above 0');
const wholeNumber = (option) => integer(option, /^\d+$/, 'a whole number of milliseconds');

const oneOf = (option, choices) => (text) => {
  if (!choices.includes(text)) throw new UsageError(`${option} must be one of ${choices.join(', ')}; got '${text}'`, { option, value: text });
  return text;
};

module.exports = { positiveInteger, wholeNumber, oneOf };
