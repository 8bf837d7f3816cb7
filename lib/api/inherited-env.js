'use strict';
// What units inherit of `process.env`, read again only when it has changed: reading it takes longer than all else that spawn() does on this thread.

const { types } = require('node:util');
const { isMainThread } = require('node:worker_threads');
const { inheritedEntries } = require('./host-env.js');
const { native } = require('./native.js');

/** What Node's own `process.env` says to an accessor. */
const REFUSES_ACCESSORS = 'ERR_INVALID_OBJECT_DEFINE_PROPERTY';

/** The object that was examined last, and whether it shows the variables of the process. */
let seen;
let real = false;
let kept;

/** @returns {{entries: [string, string][], text: string}} by name, and all together */
function inherited() {
  if (!isReal(process.env)) return read();
  // Asked first: what changes while it is read is noticed the next time.
  if (native().processEnvironChanged() || kept === undefined) kept = read();
  return kept;
}

function read() {
  const entries = inheritedEntries();
  return { entries, text: entries.map(([, text]) => text).join('') };
}

function isReal(env) {
  if (env !== seen) {
    seen = env;
    kept = undefined;
    real = isMainThread && !types.isProxy(env) && refusesAccessors(env);
  }
  return real;
}

/** Test runners replace `process.env` by objects of their own, and workers have copies: the native part sees no change of those. */
function refusesAccessors(env) {
  const probe = 'PROCMAN_IS_THIS_THE_ENVIRONMENT';
  try {
    if (Reflect.defineProperty(env, probe, { get() {}, configurable: true })) delete env[probe];
    return false;
  } catch (error) {
    return error.code === REFUSES_ACCESSORS;
  }
}

module.exports = { inherited };
