'use strict';
// The calls that the engine has, by the number that it gave them, and the letters about them.

const { Answer } = require('./answer.js');
const { tellGuardWarnings } = require('./guard-warnings.js');
const mailbox = require('./mailbox.js');
const { parseParams } = require('./raw-json.js');

/** From the beginning of a call until the letter of its end, which comes for each one. */
const running = new Map();

mailbox.onLetter('callSettled', (letters, at, numbers, from) => {
  const number = numbers[from];
  const call = running.get(number);
  running.delete(number);
  const answer = new Answer(letters, at, numbers, from);
  if (answer.pid !== undefined) tellGuardWarnings(answer.pid);
  call.finish(answer);
});

mailbox.onLetter('callProgress', (letters, at) => {
  const params = parseParams(letters[at + 1]);
  if (params !== undefined) running.get(letters[at])?.progressed(params);
});

mailbox.onLetter('callInput', (letters, at) => running.get(letters[at])?.asked(letters[at + 1], letters[at + 2]));

module.exports = { running };
