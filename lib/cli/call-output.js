'use strict';
// How an outcome is printed. `output` of the outcome is mcporter's automatic choice already.

/** As mcporter prints what has no text form. */
const INSPECT = Object.freeze({ depth: 8, maxStringLength: null, breakLength: 80 });

/**
 * @param {{output: string, result?: object}} outcome
 * @param {'auto' | 'json' | 'raw'} format
 */
function renderOutcome(outcome, format) {
  if (format === 'raw') return `${require('node:util').inspect(outcome.result, INSPECT)}\n`;
  if (format === 'json' && !isJsonChoice(outcome)) return `${JSON.stringify(outcome.result, null, 2)}\n`;
  return outcome.output;
}

/** Whether the automatic choice was JSON: mcporter takes any text that parses, except null. */
function isJsonChoice({ output }) {
  try {
    return JSON.parse(output) !== null;
  } catch {
    return false;
  }
}

module.exports = { renderOutcome };
