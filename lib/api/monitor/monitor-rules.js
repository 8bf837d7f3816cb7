'use strict';
// Rules as the native part reads them. What a program or an expression may be is checked there.

const { invalidArgument } = require('../errors.js');
const { milliseconds, nonEmptyString, oneOf, optionalObject } = require('../validate.js');

const ACTIONS = ['observe', 'stop', 'restart'];
const KNOWN = ['name', 'match', 'maxMemoryMB', 'maxCpuPercent', 'maxAgeMs', 'sustainMs', 'action'];
const KNOWN_OF_MATCH = ['program', 'args'];

/**
 * A checked copy of rules; what is not limited is left out.
 * @param {unknown} rules
 * @param {{maxMemoryMB?: number, maxCpuPercent?: number}} defaults limits of rules that do not name them
 * @throws ERR_INVALID_ARGUMENT
 */
function monitorRules(name, rules, defaults = {}) {
  if (!Array.isArray(rules)) throw invalidArgument(name, rules, 'an array of MonitorRule objects');
  return rules.map((rule, index) => monitorRule(`${name}[${index}]`, rule, defaults));
}

function monitorRule(name, rule, defaults) {
  if (rule === undefined) throw invalidArgument(name, rule, 'an object');
  optionalObject(name, rule);
  onlyKeys(name, rule, KNOWN);
  const limits = { ...defaults, ...given(rule, ['maxMemoryMB', 'maxCpuPercent']) };
  return {
    name: nonEmptyString(`${name}.name`, rule.name),
    match: matcher(`${name}.match`, rule.match),
    maxMemoryMB: limit(`${name}.maxMemoryMB`, limits.maxMemoryMB),
    maxCpuPercent: limit(`${name}.maxCpuPercent`, limits.maxCpuPercent),
    maxAgeMs: finite(milliseconds(`${name}.maxAgeMs`, rule.maxAgeMs, undefined)),
    sustainMs: sustain(`${name}.sustainMs`, rule.sustainMs),
    action: oneOf(`${name}.action`, rule.action, ACTIONS, undefined),
  };
}

/** A key that is mistyped would limit nothing, and mean everybody. */
function onlyKeys(name, value, known) {
  for (const key of Object.keys(value)) if (!known.includes(key)) throw invalidArgument(name, key, `an object with keys out of ${known.join(', ')}`);
}

const given = (rule, keys) => Object.fromEntries(keys.filter((key) => rule[key] !== undefined).map((key) => [key, rule[key]]));

function matcher(name, match) {
  if (typeof match === 'string') return match;
  if (match === undefined || match === null || typeof match !== 'object' || Array.isArray(match)) {
    throw invalidArgument(name, match, 'the basename of a program, or { program, args }');
  }
  onlyKeys(name, match, KNOWN_OF_MATCH);
  const { program, args } = match;
  return { program: program === undefined ? undefined : nonEmptyString(`${name}.program`, program), args: expressions(`${name}.args`, args) };
}

function expressions(name, args) {
  if (args === undefined) return undefined;
  if (!Array.isArray(args)) throw invalidArgument(name, args, 'an array of regular expressions as strings');
  args.forEach((arg, index) => {
    if (typeof arg !== 'string') throw invalidArgument(`${name}[${index}]`, arg, 'a regular expression as a string');
  });
  return [...args];
}

function limit(name, value) {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value > 0)) throw invalidArgument(name, value, 'a number above 0 (Infinity: no limit)');
  return finite(value);
}

/** Nobody waits for ever to be sure. */
function sustain(name, value) {
  if (value === Infinity) throw invalidArgument(name, value, 'a number of milliseconds, 0 or more');
  return milliseconds(name, value, undefined);
}

const finite = (value) => (value === Infinity ? undefined : value);

module.exports = { monitorRules };
