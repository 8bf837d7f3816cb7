'use strict';
// The environment and directory that a new process starts from, as one string: entries divided by NUL, the directory first.

const path = require('node:path');
const { ProcmanError, invalidArgument } = require('./errors.js');
const { nonEmptyString } = require('./validate.js');

/** `process.env` and the working directory of this moment. */
const hostEnv = () => encode(currentDirectory(), inherited());

/**
 * A unit's own: `env` over `process.env`, undefined removes, `inheritEnv: false` starts empty.
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, inheritEnv?: boolean}} options
 */
function unitEnv({ cwd, env, inheritEnv = true }) {
  const merged = inheritEnv ? inherited() : {};
  for (const [key, value] of Object.entries(env ?? {})) {
    if (value === undefined || value === null) delete merged[key];
    else merged[checkedKey(key)] = checkedValue(key, value);
  }
  return encode(cwd === undefined ? currentDirectory() : absolute(nonEmptyString('options.cwd', cwd)), merged);
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

/** A copy of `process.env`. A spread takes three times as long, and was the larger part of what starting a process costs this thread. */
function inherited() {
  const { env } = process;
  const copy = { __proto__: null };
  for (const key of Reflect.ownKeys(env)) copy[key] = env[key];
  return copy;
}

function encode(cwd, env) {
  let text = cwd;
  for (const key in env) text += `\0${key}=${env[key]}`;
  return text;
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

module.exports = { hostEnv, unitEnv };
