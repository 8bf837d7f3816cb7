'use strict';
// The environment and directory that a new process starts from, as one string: entries divided by NUL, the directory first.

const path = require('node:path');
const { ProcmanError } = require('./errors.js');

/** `process.env` and the working directory of this moment. */
const hostEnv = () => currentDirectory() + inheritedEntries().map(([, text]) => text).join('');

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

/** What `process.env` has, by name. A copy of it first would cost as much again. */
function inheritedEntries() {
  const { env } = process;
  return Reflect.ownKeys(env).map((key) => [key, entry(key, env[key])]);
}

const entry = (key, value) => `\0${key}=${value}`;

module.exports = { hostEnv, absolute, currentDirectory, inheritedEntries, entry };
