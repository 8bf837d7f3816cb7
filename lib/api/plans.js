'use strict';
// Kill plans: who would be stopped and why, to be looked at and executed later.

const { ProcmanError, invalidArgument } = require('./errors.js');
const { monitorRules } = require('./monitor/monitor-rules.js');
const { native } = require('./native.js');
const { askInParts } = require('./process-answers.js');
const { stopRequest } = require('./stop-request.js');
const { TimeSlice } = require('./time-slice.js');
const { milliseconds, optionalObject } = require('./validate.js');

const DEFAULT_MAX_AGE_MS = 60_000;
/** Entries of a plan that are written at once. */
const PIECE = 32;

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
  const text = await textOf(plan);
  return stopRequest('executePlan()', options, (parts, token) => native().planExecute(text, maxAgeMs, parts, token));
}

/** A plan as JSON, its lists piece by piece: one of thousands of processes costs milliseconds. */
async function textOf(plan) {
  const { targets, refused, ...rest } = plan;
  // What planKill() did not make is refused by the engine, which names what is wrong.
  if (!Array.isArray(targets) || !Array.isArray(refused)) return json(plan);
  const texts = [await textOfList('targets', targets), await textOfList('refused', refused)];
  return `{${[json(rest).slice(1, -1), ...texts].filter(Boolean).join(',')}}`;
}

async function textOfList(name, entries) {
  const slice = new TimeSlice();
  const pieces = [];
  for (let from = 0; from < entries.length; from += PIECE) {
    pieces.push(json(entries.slice(from, from + PIECE)).slice(1, -1));
    await slice.rest();
  }
  return `"${name}":[${pieces.join(',')}]`;
}

function json(value) {
  try {
    // Bytes come back from JSON in any form, and the engine reads them anew. What has no text is no plan; the engine says what it should be.
    return JSON.stringify(value, (key, entry) => (key === 'argvRaw' ? undefined : entry)) ?? '{}';
  } catch (cause) {
    throw new ProcmanError('ERR_INVALID_ARGUMENT', `plan cannot be written as JSON: ${cause.message.split('\n')[0]}; pass what planKill() gave`, {
      details: { argument: 'plan' },
      cause,
    });
  }
}

module.exports = { planKill, executePlan };
