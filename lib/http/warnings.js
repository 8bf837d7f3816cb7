'use strict';
// What must be told to the people who run this program: as a warning of the process, until somebody else takes it.

let take = (text) => process.emitWarning(text, 'ProcmanWarning');

const warnTo = (taker) => (take = taker);
const warn = (text) => take(text);

module.exports = { warn, warnTo };
