'use strict';
// What a cleanup is made with, and what the environment says where it was given nothing.

const { environmentNumber } = require('../environment-number.js');
const { ProcmanError, invalidArgument } = require('../errors.js');
const { boolean, milliseconds, oneOf, optionalObject } = require('../validate.js');

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_MAX_AGE_MS = 300_000;
/** Less is taken for a number of seconds, as other scripts count. */
const LEAST_MS = 1000;

const SCOPES = ['managed', 'orphans', 'all-node'];
const KNOWN = ['interval', 'maxAge', 'scope', 'dryRun'];

/**
 * A checked copy of the options; times that were not given stay undefined.
 * @throws ERR_INVALID_ARGUMENT, ERR_CONFIG for an interval that looks like seconds
 */
function cleanupOptions(options = {}) {
  if (options === null) throw invalidArgument('options', options, 'an object');
  optionalObject('options', options);
  for (const key of Object.keys(options)) if (!KNOWN.includes(key)) throw invalidArgument('options', key, `an object with keys out of ${KNOWN.join(', ')}`);
  const interval = milliseconds('options.interval', options.interval, undefined);
  const fault = interval === undefined ? undefined : looksLikeSeconds(interval);
  if (fault !== undefined) throw new ProcmanError('ERR_CONFIG', `options.interval is ${interval}, which ${fault}`, { details: { argument: 'options.interval', value: interval } });
  return {
    interval,
    maxAge: milliseconds('options.maxAge', options.maxAge, undefined),
    scope: oneOf('options.scope', options.scope, SCOPES, 'managed'),
    dryRun: boolean('options.dryRun', options.dryRun, false),
  };
}

/** @throws ERR_CONFIG */
const intervalFromEnvironment = () => environmentNumber('CLEANUP_INTERVAL', DEFAULT_INTERVAL_MS, looksLikeSeconds);
/** @throws ERR_CONFIG */
const maxAgeFromEnvironment = () => environmentNumber('PROCESS_MAX_AGE', DEFAULT_MAX_AGE_MS, spares);

/** Who wants everybody stopped, young or not, says so in code. */
const spares = (value) => (value === 0 ? `would stop units as soon as they run; write at least ${LEAST_MS}, or unset it` : looksLikeSeconds(value));

/** 0 is no number of seconds: it switches off. */
function looksLikeSeconds(value) {
  if (value === 0 || value >= LEAST_MS) return undefined;
  return `looks like seconds; it counts milliseconds: write ${value * 1000}, or at least ${LEAST_MS}`;
}

module.exports = { cleanupOptions, intervalFromEnvironment, maxAgeFromEnvironment };
