'use strict';
// Questions to the engine that one `done` letter answers.

const mailbox = require('./mailbox.js');

const open = new Map();
let last = 0;

mailbox.onLetter('done', (letters, at) => {
  const resolve = open.get(letters[at]);
  open.delete(letters[at]);
  mailbox.unref();
  resolve(letters[at + 1]);
});

/** Calls `send` with a token and resolves to the answer. Keeps the process alive until then. */
function ask(send) {
  mailbox.ref();
  last = (last + 1) >>> 0;
  const token = last;
  return new Promise((resolve, reject) => {
    open.set(token, resolve);
    try {
      send(token);
    } catch (error) {
      open.delete(token);
      mailbox.unref();
      reject(error);
    }
  });
}

module.exports = { ask };
