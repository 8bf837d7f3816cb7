'use strict';
// One line of a stdio stream and one JSON-RPC message: how each becomes the other.

const { ProcmanError } = require('../errors.js');

const QUOTED_CHARACTERS = 120;

/** @throws TypeError for what JSON cannot hold */
const lineOf = (message) => `${JSON.stringify(message)}\n`;

/**
 * The message of a line; a CR at its end is white space to JSON.
 * @throws ERR_SERVER_PROTOCOL for anything else, quoted
 */
function messageOf(line) {
  let value;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw junk(line, `is no JSON (${cause.message})`, cause);
  }
  if (!isMessage(value)) throw junk(line, 'is JSON, but no message of "jsonrpc": "2.0"');
  return value;
}

/** A request, a notification, a result or an error. What stands inside is for the protocol above to judge. */
function isMessage(value) {
  if (!isObject(value) || value.jsonrpc !== '2.0') return false;
  if (value.method !== undefined) return typeof value.method === 'string' && isOptional(isObject, value.params) && isOptional(isId, value.id);
  if (value.error !== undefined) return isObject(value.error) && isOptional(isId, value.id);
  return isObject(value.result) && isId(value.id);
}

const isId = (id) => typeof id === 'string' || Number.isInteger(id);
const isOptional = (is, value) => value === undefined || is(value);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

function junk(line, what, cause) {
  const start = line.length > QUOTED_CHARACTERS ? `${line.slice(0, QUOTED_CHARACTERS)}…` : line;
  return new ProcmanError('ERR_SERVER_PROTOCOL', `a line of the server's stdout ${what}: ${JSON.stringify(start)}; what it logs belongs on stderr`, {
    details: { line: start },
    cause,
  });
}

module.exports = { lineOf, messageOf };
