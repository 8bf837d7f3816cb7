'use strict';
// What a guard said does not work on this machine, and what a sweep at its start did: each told once, as warnings of the process.

const { native } = require('./native.js');

const told = new Set();
let firstCallWasTold = false;

/** For those who just heard that a process runs: by then its guard has said what there is to say. What a sweep did comes with a later one. */
function tellGuardWarnings() {
  for (const warning of native().engineWarnings()) {
    if (told.has(warning)) continue;
    told.add(warning);
    process.emitWarning(warning, 'ProcmanWarning');
  }
}

/** The same for calls, of which only the first is worth a question to the engine. */
function tellGuardWarningsOnce() {
  if (firstCallWasTold) return;
  firstCallWasTold = true;
  tellGuardWarnings();
}

module.exports = { tellGuardWarnings, tellGuardWarningsOnce };
