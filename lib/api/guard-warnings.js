'use strict';
// What a guard said does not work on this machine: told once, as warnings of the process. Work goes on without it.

const { native } = require('./native.js');

let told = false;

/** For those who just heard that a process runs: by then its guard has said what there is to say. */
function tellGuardWarnings() {
  if (told) return;
  told = true;
  for (const warning of native().engineWarnings()) process.emitWarning(warning, 'ProcmanWarning');
}

module.exports = { tellGuardWarnings };
