'use strict';
// Kill plans: who would be stopped and why, to be looked at and executed later.

const { invalidArgument } = require('./errors.js');
const { tellGuardWarnings } = require('./guard-warnings.js');
const { monitorRules } = require('./monitor/monitor-rules.js');
const { native } = require('./native.js');
const { askInParts } = require('./process-answers.js');
const { stopRequest } = require('./stop-request.js');
const { milliseconds, optionalObject } = require('./validate.js');

const DEFAULT_MAX_AGE_MS = 60_000;

/** Whom these rules choose; nothing is done. */
async function planKill(rules) {
  const checked = JSON.stringify(monitorRules('rules', rules));
  return askInParts((token) => native().planKill(checked, token));
}

/** Stops the targets of a plan that are still who they were. */
async function executePlan(plan, options = {}) {
  if (plan === undefined) throw invalidArgument('plan', plan, 'what planKill() gave');
  optionalObject('plan', plan);
  optionalObject('options', options);
  const maxAgeMs = milliseconds('options.maxAgeMs', options.maxAgeMs, DEFAULT_MAX_AGE_MS);
  // Bytes come back from JSON in any form, and the engine reads them anew.
  const json = JSON.stringify(plan, (key, value) => (key === 'argvRaw' ? undefined : value));
  try {
    return await stopRequest('executePlan()', options, (parts, token) => native().planExecute(json, { ...parts, maxAgeMs }, token));
  } finally {
    tellGuardWarnings();
  }
}

module.exports = { planKill, executePlan };
