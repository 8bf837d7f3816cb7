'use strict';
// The environment and directory that a new process starts from, as one string: entries divided by NUL, the directory first.

const path = require('node:path');
const { ProcmanError, invalidArgument } = require('./errors.js');
const { nonEmptyString } = require('./validate.js');

/** `process.env` and the working directory of this moment. */
const hostEnv = () => currentDirectory() + inheritedBut({});

/**
 * A unit's own: `env` over `process.env`, undefined removes, `inheritEnv: false` starts empty.
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, inheritEnv?: boolean}} options
 */
function unitEnv({ cwd, env, inheritEnv = true }) {
  const own = env ?? {};
  let text = inheritEnv ? inheritedBut(own) : '';
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined && value !== null) text += entry(checkedKey(key), checkedValue(key, value));
  }
  return (cwd === undefined ? currentDirectory() : absolute(nonEmptyString('options.cwd', cwd))) + text;
}

/** The guard has a directory of its own, so a relative one is meant from here. */
const absolute = (cwd) => (path.isAbsolute(cwd) ? cwd : path.resolve(currentDirectory(), cwd));

/** Somebody may have removed it: then nothing can start there. */
function currentDirectory() {
  try {
    return process.cwd();
  } catch (cause) {
    throw new ProcmanError(
      'ERR_SPAWN',
      `the working directory of this process is gone (${cause.code}), so nothing can be started in it; call process.chdir() first`,
      { cause, details: { errno: cause.code } },
    );
  }
}

/** What `process.env` has and `own` does not replace. A copy of it first would be the larger part of what starting a process costs this thread. */
function inheritedBut(own) {
  const { env } = process;
  let text = '';
  for (const key of Reflect.ownKeys(env)) {
    if (!Object.hasOwn(own, key)) text += entry(key, env[key]);
  }
  return text;
}

const entry = (key, value) => `\0${key}=${value}`;

function checkedKey(key) {
  if (key === '' || key.includes('=') || key.includes('\0')) throw invalidArgument('a key of options.env', key, 'non-empty, without = and NUL');
  return key;
}

function checkedValue(key, value) {
  const text = String(value);
  if (text.includes('\0')) throw invalidArgument(`options.env.${key}`, value, 'a string without NUL bytes');
  return text;
}

module.exports = { hostEnv, unitEnv };
