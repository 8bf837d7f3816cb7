'use strict';

const { native } = require('./native.js');

/** Kinds of letters and how many fields follow the kind; `src/binding/letter.rs` writes them in this order. */
const KINDS = {
  permitGranted: { number: 1, fields: 1 },
};

/** Longer than any process lives; the timer exists to be ref'ed, not to fire. */
const NEVER_MS = 2 ** 31 - 1;

const handlers = [];
const fieldCounts = [];
for (const { number, fields } of Object.values(KINDS)) fieldCounts[number] = fields;

let opened = false;
let pending = 0;
let keepAlive = null;

/** Says who takes the letters of a kind. The handler gets the batch and the index of its first field; it must not throw. */
function onLetter(kind, handler) {
  handlers[KINDS[kind].number] = handler;
  if (opened) return;
  native().mailboxOpen(deliver);
  opened = true;
}

function deliver() {
  const letters = native().mailboxDrain();
  for (let at = 0; at < letters.length; ) {
    const kind = letters[at];
    handlers[kind](letters, at + 1);
    at += 1 + fieldCounts[kind];
  }
}

/** Keeps the process alive until the matching `unref()`: something is pending that a letter will settle. */
function ref() {
  pending += 1;
  if (pending > 1) return;
  keepAlive ??= setInterval(() => {}, NEVER_MS);
  keepAlive.ref();
}

function unref() {
  pending -= 1;
  if (pending === 0) keepAlive.unref();
}

module.exports = { onLetter, ref, unref };
