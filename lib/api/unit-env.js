'use strict';
// The environment and directory of one unit, in the form of host-env.js.

const { invalidArgument } = require('./errors.js');
const { absolute, currentDirectory, entry } = require('./host-env.js');
const { inherited } = require('./inherited-env.js');
const { boolean, nonEmptyString, optionalObject } = require('./validate.js');

/**
 * A unit's own: `env` over `process.env`, undefined removes, `inheritEnv: false` starts empty.
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, inheritEnv?: boolean}} options
 */
function unitEnv({ cwd, env, inheritEnv }) {
  const own = Object.entries(optionalObject('options.env', env ?? undefined) ?? {});
  let text = boolean('options.inheritEnv', inheritEnv, true) ? inheritedBut(env) : '';
  for (const [key, value] of own) {
    if (value !== undefined && value !== null) text += entry(checkedKey(key), checkedValue(key, value));
  }
  return (cwd === undefined ? currentDirectory() : absolute(nonEmptyString('options.cwd', cwd))) + text;
}

function inheritedBut(own) {
  const { entries, text } = inherited();
  if (own === undefined || own === null) return text;
  return entries.reduce((kept, [key, each]) => (Object.hasOwn(own, key) ? kept : kept + each), '');
}

function checkedKey(key) {
  if (key === '' || key.includes('=') || key.includes('\0')) throw invalidArgument('a key of options.env', key, 'non-empty, without = and NUL');
  return key;
}

function checkedValue(key, value) {
  const text = String(value);
  if (text.includes('\0')) throw invalidArgument(`options.env.${key}`, value, 'a string without NUL bytes');
  return text;
}

module.exports = { unitEnv };
