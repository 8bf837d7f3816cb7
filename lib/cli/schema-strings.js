'use strict';
// `id=123` is a number unless the tool's schema takes a string there: then the text goes out as typed.

const COMBINED = ['anyOf', 'oneOf', 'allOf'];

/**
 * @param {object} args
 * @param {Map<string, string>} numbers texts of arguments that were taken for numbers
 * @param {object} [schema] the tool's input schema
 */
function withSchemaStrings(args, numbers, schema) {
  const texts = [...numbers].filter(([key]) => allowsString(schema?.properties?.[key]));
  return Object.fromEntries([...Object.entries(args), ...texts]);
}

function allowsString(schema) {
  if (typeof schema !== 'object' || schema === null) return false;
  if (schema.type === 'string' || (Array.isArray(schema.type) && schema.type.includes('string'))) return true;
  return COMBINED.some((key) => Array.isArray(schema[key]) && schema[key].some(allowsString));
}

module.exports = { withSchemaStrings };
