'use strict';
// Which tool of which server is meant.

const { UsageError } = require('./usage-error.js');

/**
 * `server.tool`, or `server` and `tool` as two words. The first dot divides.
 * @param {string} selector
 * @param {string[]} words
 * @returns {{server: string, tool: string, rest: string[]}}
 */
function parseTarget(selector, words) {
  if (selector.includes('(')) {
    throw new UsageError(`'${selector}' is written as a function call; write server.tool key=value …`, { selector });
  }
  const dot = selector.indexOf('.');
  if (dot > 0 && dot < selector.length - 1) {
    return { server: selector.slice(0, dot), tool: selector.slice(dot + 1), rest: words };
  }
  const [tool, ...rest] = words;
  if (dot === -1 && tool !== undefined && !/[=:]/.test(tool)) return { server: selector, tool, rest };
  throw new UsageError(`'${selector}' names no tool; write server.tool (procman tools ${selector.replaceAll('.', '') || 'server'} lists them)`, { selector });
}

module.exports = { parseTarget };
