'use strict';

const { readFileSync } = require('node:fs');
const { UsageError } = require('./usage-error.js');

const HINT = 'make one by procman kill --match PROGRAM --dry-run --json';

/**
 * The plan in a file, or with `-` on stdin. What its parts must be is the engine's to say.
 * @returns {import('../../index.js').KillPlan}
 */
function readPlan(file) {
  const plan = parse(file, read(file));
  if (Array.isArray(plan?.targets) && Array.isArray(plan.refused)) return plan;
  throw noPlan(file, 'it is no object with the lists targets and refused');
}

function read(file) {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`--plan: cannot read '${file}': ${error.message}`, { path: file });
  }
}

function parse(file, text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw noPlan(file, error.message);
  }
}

const noPlan = (file, fault) => new UsageError(`--plan: '${file}' is no plan: ${fault}; ${HINT}`, { path: file });

module.exports = { readPlan };
