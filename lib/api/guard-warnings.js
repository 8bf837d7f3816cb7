'use strict';
// What guards said does not work on this machine, what they could not stop, and what a sweep at their start did: each told once, to the
// logger or as a warning of the process. Work goes on.

const { warn } = require('./log/logger.js');
const { native } = require('./native.js');

/** A guard that is started later, for another identity, may have more to say: then a process runs that was not seen before. */
const seen = new Set();
/** Programs that start servers without end must not make this grow. */
const MOST = 1024;

const told = new Set();

/** For those who just heard that a process runs, by its pid where they hear of the same one often: by then its guard has said what there is to say. */
function tellGuardWarnings(pid) {
  if (pid !== undefined) {
    if (seen.has(pid)) return;
    if (seen.size === MOST) seen.clear();
    seen.add(pid);
  }
  for (const warning of native().engineWarnings()) {
    if (told.has(warning)) continue;
    told.add(warning);
    warn(warning);
  }
}

module.exports = { tellGuardWarnings };
