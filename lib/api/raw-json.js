'use strict';
// JSON as a server wrote it: nobody has read it yet, so it may be none. What it breaks is the one call, never the thread that reads letters.

const { fromNative } = require('./errors.js');
const { native } = require('./native.js');

/** As much of a bad result as its error shows. */
const SHOWN = 160;

/**
 * The raw result of a call as a value.
 * @param {string | object | null} [raw] a string, or a handle to bytes of the native part where it is large
 * @throws ERR_SERVER_PROTOCOL
 */
function parseResult(raw) {
  if (raw === undefined || raw === null) return undefined;
  const text = typeof raw === 'string' ? raw : native().rawText(raw);
  try {
    return JSON.parse(text);
  } catch {
    throw fromNative(native().resultFault(text.slice(0, SHOWN)));
  }
}

/** The end of a call for who wants its raw result: parsed, or the error. */
function settleParsed({ error, raw }, resolve, reject) {
  if (error !== undefined) {
    reject(error);
    return;
  }
  try {
    resolve(parseResult(raw));
  } catch (fault) {
    reject(fault);
  }
}

/** The params of a notification; undefined where there is nothing to read. */
function parseParams(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

module.exports = { parseResult, settleParsed, parseParams };
