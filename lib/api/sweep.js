'use strict';
// What hosts left behind that died together with their guards.

const { invalidArgument } = require('./errors.js');
const { hostEnvAnywhere } = require('./host-env.js');
const { native } = require('./native.js');
const { askInParts } = require('./process-answers.js');
const { boolean, milliseconds, optionalObject } = require('./validate.js');

const DEFAULT_GRACE_MS = 2000;
const LONGEST_GRACE_MS = 600_000;
/** What another sweep may take: it waits for deaths as well. */
const LOCK_PATIENCE_MS = 30_000;

/** Stops what the ledgers of dead guards lead to. Resolves when it is over. */
async function sweep(options = {}) {
  optionalObject('options', options);
  const graceMs = milliseconds('options.graceMs', options.graceMs, DEFAULT_GRACE_MS);
  if (graceMs > LONGEST_GRACE_MS) throw invalidArgument('options.graceMs', graceMs, `at most ${LONGEST_GRACE_MS} (ten minutes)`);
  const dryRun = boolean('options.dryRun', options.dryRun, false);
  return askInParts((token) => native().sweepLedgers(hostEnvAnywhere(), graceMs, dryRun, LOCK_PATIENCE_MS, token));
}

module.exports = { sweep };
