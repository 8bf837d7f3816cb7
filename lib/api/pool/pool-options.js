'use strict';
// The options of a pool: each checked on its own, then against each other. What was not given stays open: environment, the server's entry and
// the defaults of the native part fill it in.

const { invalidArgument } = require('../errors.js');
const { boolean, milliseconds, nonEmptyString, oneOf, optionalObject, optionalStrings, wholeNumber } = require('../validate.js');

const SHARING = ['shared', 'session', 'exclusive'];
const PROTOCOLS = ['legacy', '2026-07-28', 'auto'];

const count = (least) => (name, value) => wholeNumber(name, value, least, undefined);
/** A count that may be without end. */
const limit = (least) => (name, value) => (value === Infinity ? value : count(least)(name, value));
const time = (name, value) => milliseconds(name, value, undefined);
const flag = (name, value) => boolean(name, value, undefined);
const text = (name, value) => (value === undefined ? undefined : nonEmptyString(name, value));

/** What a command needs; none of it means anything beside `server`. */
const COMMAND_RULES = { args: optionalStrings, env: environment, inheritEnv: flag, cwd: text };

const RULES = {
  command: text,
  ...COMMAND_RULES,
  server: text,
  minInstances: count(0),
  maxInstances: count(1),
  sharing: (name, value) => oneOf(name, value, SHARING, undefined),
  maxLeasesPerInstance: limit(1),
  maxCallsPerInstance: limit(1),
  idleTimeout: time,
  sessionIdleTimeout: time,
  acquireTimeout: time,
  startTimeout: positiveTime,
  graceMs: time,
  memoryLimitMB: memory,
  maxMessageMB: message,
  restartOnMemoryLeak: flag,
  sharedMemoryCache: flag,
  healthCheckInterval: interval,
  maxRestarts: limit(0),
  protocol: (name, value) => oneOf(name, value, PROTOCOLS, undefined),
};

/**
 * A checked copy of the options.
 * @throws ERR_INVALID_ARGUMENT
 */
function poolOptions(given = {}) {
  if (given === null) throw invalidArgument('options', given, 'an object');
  optionalObject('options', given);
  for (const name of Object.keys(given)) if (!Object.hasOwn(RULES, name)) throw unknown(name);
  const options = {};
  for (const [name, check] of Object.entries(RULES)) {
    const value = check(`options.${name}`, given[name]);
    if (value !== undefined) options[name] = value;
  }
  agree(options);
  return options;
}

/** A string of JavaScript holds less than 512 MB. */
const MOST_MESSAGE_MB = 511;

function message(name, value) {
  if (value === undefined || (typeof value === 'number' && value > 0 && value <= MOST_MESSAGE_MB)) return value;
  throw invalidArgument(name, value, `a number of megabytes above 0, at most ${MOST_MESSAGE_MB}`);
}

/** Rules between options. */
function agree(options) {
  if (options.command !== undefined && options.server !== undefined) {
    throw invalidArgument('options.server', options.server, 'left out beside options.command: a pool runs one of the two');
  }
  for (const name of Object.keys(COMMAND_RULES)) {
    if (options[name] !== undefined && options.command === undefined) {
      throw invalidArgument(`options.${name}`, options[name], 'given together with options.command');
    }
  }
  const { minInstances, maxInstances } = options;
  if (minInstances !== undefined && maxInstances !== undefined && minInstances > maxInstances) {
    throw invalidArgument('options.minInstances', minInstances, `at most options.maxInstances, which is ${maxInstances}`);
  }
}

/** 0: off, as is Infinity. */
function interval(name, value) {
  const checked = time(name, value);
  return checked === 0 ? Infinity : checked;
}

function positiveTime(name, value) {
  if (value === 0) throw invalidArgument(name, value, 'a number of milliseconds above 0 (Infinity: never)');
  return time(name, value);
}

function memory(name, value) {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value > 0)) throw invalidArgument(name, value, 'a number of megabytes above 0 (Infinity: no limit)');
  return value;
}

function environment(name, value) {
  if (value === undefined) return undefined;
  if (value === null) throw invalidArgument(name, value, 'an object');
  return { ...optionalObject(name, value) };
}

function unknown(name) {
  return invalidArgument('options', name, `an object with keys out of ${Object.keys(RULES).join(', ')}`);
}

module.exports = { poolOptions };
