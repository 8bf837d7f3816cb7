'use strict';
// What a ProcessMonitor is made with, as the native part reads it.

const path = require('node:path');
const { environmentNumber } = require('../environment-number.js');
const { invalidArgument } = require('../errors.js');
const { boolean, milliseconds, nonEmptyString, optionalObject } = require('../validate.js');
const { monitorRules } = require('./monitor-rules.js');

const DEFAULT_INTERVAL_MS = 5000;
/** More often, a monitor would be what fills the machine. */
const LEAST_INTERVAL_MS = 100;
const DEFAULT_MEMORY_MB = 8192;
const DEFAULT_CPU_PERCENT = 80;

const KNOWN = ['rules', 'interval', 'dryRun', 'logFile'];

/**
 * A checked copy of the options.
 * @throws ERR_INVALID_ARGUMENT
 */
function monitorOptions(options = {}) {
  if (options === null) throw invalidArgument('options', options, 'an object');
  optionalObject('options', options);
  for (const key of Object.keys(options)) if (!KNOWN.includes(key)) throw invalidArgument('options', key, `an object with keys out of ${KNOWN.join(', ')}`);
  // For the errors in it; the limits of the environment are read at the first use.
  if (options.rules !== undefined) monitorRules('options.rules', options.rules);
  return {
    rules: options.rules,
    intervalMs: interval(options.interval),
    dryRun: boolean('options.dryRun', options.dryRun, false),
    logFile: options.logFile === undefined ? undefined : path.resolve(nonEmptyString('options.logFile', options.logFile)),
  };
}

/** Limits of rules that do not name them. @throws ERR_CONFIG */
function defaultLimits() {
  return {
    maxMemoryMB: environmentNumber('MAX_MEMORY_MB', DEFAULT_MEMORY_MB, positive),
    maxCpuPercent: environmentNumber('MAX_CPU_PERCENT', DEFAULT_CPU_PERCENT, positive),
  };
}

/** The options with everything that the environment says, as JSON. @throws ERR_CONFIG */
function nativeOptions({ rules, ...options }) {
  const defaults = defaultLimits();
  return JSON.stringify({
    ...options,
    rules: rules === undefined ? undefined : monitorRules('options.rules', rules, defaults),
    maxMemoryMB: finite(defaults.maxMemoryMB),
    maxCpuPercent: finite(defaults.maxCpuPercent),
  });
}

function interval(value) {
  const checked = milliseconds('options.interval', value, DEFAULT_INTERVAL_MS);
  // 0: off, as is Infinity.
  if (checked === 0) return Infinity;
  if (checked < LEAST_INTERVAL_MS) throw invalidArgument('options.interval', value, `${LEAST_INTERVAL_MS} ms or more (0 or Infinity: off)`);
  return checked;
}

const positive = (value) => (value > 0 ? undefined : 'must be above 0; correct or unset it');
const finite = (value) => (value === Infinity ? undefined : value);

module.exports = { monitorOptions, nativeOptions };
