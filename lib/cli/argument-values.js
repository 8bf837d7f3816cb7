'use strict';
// From `key=value` words to typed arguments, by mcporter's rules. Pure but for `key=@file`.

const { readFileSync } = require('node:fs');
const { UsageError } = require('./usage-error.js');

/** @typedef {'default' | 'raw-strings' | 'none'} Coercion */

/**
 * Reads the words after `server.tool`.
 * @param {string[]} words
 * @param {Coercion} coercion
 * @returns {{pairs: [string, unknown][], numbers: Map<string, string>}} `numbers`: the text of what was taken for a number,
 *   because a tool that asks for a string must get the text
 */
function parsePairs(words, coercion = 'default') {
  const pairs = [];
  const numbers = new Map();
  for (let index = 0; index < words.length; ) {
    const { key, raw, consumed } = splitPair(words[index], words[index + 1]);
    const value = valueOf(raw, coercion);
    if (coercion === 'default' && typeof value === 'number') numbers.set(key, raw);
    else numbers.delete(key);
    pairs.push([key, value]);
    index += consumed;
  }
  return { pairs, numbers };
}

/** `key=value`, `key:=value`, `key:value`, or `key:` and the next word. An `=` anywhere decides before a `:`. */
function splitPair(word, next) {
  const equals = word.indexOf('=');
  if (equals !== -1) {
    const end = equals > 0 && word[equals - 1] === ':' ? equals - 1 : equals;
    return { key: checkedKey(word.slice(0, end), word), raw: word.slice(equals + 1), consumed: 1 };
  }
  const colon = word.indexOf(':');
  if (colon === -1) throw notAPair(word);
  const key = checkedKey(word.slice(0, colon), word);
  const rest = word.slice(colon + 1);
  if (rest !== '') return { key, raw: rest, consumed: 1 };
  if (next === undefined) throw new UsageError(`argument '${word}' has no value; write ${key}=value, or ${key}= for an empty text`, { argument: word });
  return { key, raw: next, consumed: 2 };
}

/** `@file` is the file's text, `@@x` is `@x`; neither is coerced. */
function valueOf(raw, coercion) {
  if (raw.startsWith('@@')) return raw.slice(1);
  if (raw !== '' && raw.trim() === '') return raw;
  return raw.startsWith('@') ? fileText(raw.slice(1)) : coerce(raw, coercion);
}

/** @param {Coercion} coercion */
function coerce(raw, coercion = 'default') {
  const text = raw.trim();
  if (text === '' || coercion === 'none') return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null' || text === 'none') return null;
  // Only what prints the same again, in JSON too: 007, 1e3, 1.0 and Infinity are texts.
  if (coercion === 'default' && Number.isFinite(Number(text)) && text === String(Number(text))) return Number(text);
  return looksLikeJson(text) ? jsonOr(text) : text;
}

const looksLikeJson = (text) => (text.startsWith('{') && text.endsWith('}')) || (text.startsWith('[') && text.endsWith(']'));

function jsonOr(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fileText(path) {
  if (path === '') throw new UsageError("'@' needs the path of a file; write @@ for a text that starts with @");
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(readFileSync(path));
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8 text' : error.message;
    throw new UsageError(`cannot read argument file '${path}': ${reason}`, { path });
  }
}

/**
 * `--args`: one JSON object.
 * @param {string} text
 */
function parseJsonObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--args is not JSON: ${error.message}; quote it for the shell: --args '{"key":"value"}'`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageError(`--args must be a JSON object, such as '{"key":"value"}'`);
  }
  return value;
}

function checkedKey(key, word) {
  if (key === '') throw notAPair(word);
  return key;
}

function notAPair(word) {
  const hint = word.startsWith('-') ? `; tool arguments are written ${word.replace(/^-+/, '').split('=')[0] || 'key'}=value` : '';
  return new UsageError(`'${word}' is no argument: write key=value, or --args '{"key":"value"}'${hint}`, { argument: word });
}

module.exports = { parsePairs, coerce, parseJsonObject };
