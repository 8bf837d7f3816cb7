'use strict';
// Questions to the engine that one `done` or `failed` letter answers.

const { fromNative } = require('./errors.js');
const mailbox = require('./mailbox.js');

const open = new Map();
let last = 0;

mailbox.onLetter('done', (letters, at) => take(letters[at]).resolve(letters[at + 1]));
mailbox.onLetter('failed', (letters, at) => take(letters[at]).reject(fromNative(letters[at + 1])));

function take(token) {
  const question = open.get(token);
  open.delete(token);
  mailbox.unref();
  return question;
}

/** Calls `send` with a token and resolves to the answer. Keeps the process alive until then. */
function ask(send) {
  mailbox.ref();
  last = (last + 1) >>> 0;
  const token = last;
  return new Promise((resolve, reject) => {
    open.set(token, { resolve, reject });
    try {
      send(token);
    } catch (error) {
      take(token);
      reject(error);
    }
  });
}

module.exports = { ask };
