'use strict';
// The environment and directory that a new process starts from, as one string: entries divided by NUL, the directory first.

const path = require('node:path');
const { ProcmanError } = require('./errors.js');

/** Stands for the directory of this process, which the native part then reads itself: a name need not be text. */
const HERE = '';
/** What Node makes of bytes that are no text. */
const NOT_UTF8 = '\ufffd';

/** `process.env` and the working directory of this moment. */
const hostEnv = () => currentDirectory() + variables();
const variables = () => inheritedEntries().map(([, text]) => text).join('');

/** The same for those who need no directory: without one where it is gone. */
const hostEnvAnywhere = () => readDirectory(() => HERE) + variables();

/** The guard has a directory of its own, so a relative one is meant from here. */
function absolute(cwd) {
  if (path.isAbsolute(cwd)) return cwd;
  const here = currentDirectory();
  return here === HERE ? cwd : path.resolve(here, cwd);
}

/** Somebody may have removed it: then nothing can start there. */
const currentDirectory = () =>
  readDirectory((cause) => {
    throw new ProcmanError(
      'ERR_SPAWN',
      `the working directory of this process is gone (${cause.code}), so nothing can be started in it; call process.chdir() first`,
      { cause, details: { errno: cause.code, stage: 'directory' } },
    );
  });

function readDirectory(otherwise) {
  let directory;
  try {
    directory = process.cwd();
  } catch (cause) {
    return otherwise(cause);
  }
  return directory.includes(NOT_UTF8) ? HERE : directory;
}

/** What `process.env` has, by name, without what a variable cannot be. A copy of it first, or `Object.keys`, would cost half as much again. */
function inheritedEntries() {
  const { env } = process;
  const entries = [];
  for (const key of Reflect.ownKeys(env)) {
    const value = env[key];
    if (value !== undefined && typeof key === 'string') entries.push([key, entry(key, value)]);
  }
  return entries;
}

const entry = (key, value) => `\0${key}=${value}`;

module.exports = { hostEnv, hostEnvAnywhere, absolute, currentDirectory, inheritedEntries, entry };
