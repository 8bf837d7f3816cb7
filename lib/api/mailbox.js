'use strict';

const { native } = require('./native.js');

/** Kinds of letters and how many fields follow the kind; `src/binding/letter.rs` writes them in this order. */
const KINDS = {
  permitGranted: { number: 1, fields: 1 },
  callSettled: { number: 2, fields: 8 },
  callProgress: { number: 3, fields: 2 },
  unitStarted: { number: 4, fields: 2 },
  unitFailed: { number: 5, fields: 2 },
  unitEnded: { number: 6, fields: 2 },
  done: { number: 7, fields: 2 },
  unitStopped: { number: 8, fields: 2 },
  leaseGranted: { number: 9, fields: 2 },
  leaseRefused: { number: 10, fields: 2 },
  leaseNotice: { number: 11, fields: 2 },
  leaseNotification: { number: 12, fields: 2 },
  poolEvent: { number: 13, fields: 2 },
  leaseQuestion: { number: 15, fields: 3 },
  leaseQuestionWithdrawn: { number: 16, fields: 2 },
};

/** Longer than any process lives; the timer exists to be ref'ed, not to fire. */
const NEVER_MS = 2 ** 31 - 1;

const handlers = [];
const fieldCounts = [];
for (const { number, fields } of Object.values(KINDS)) fieldCounts[number] = fields;

let opened = false;
let pending = 0;
let keepAlive = null;

/** Says who takes the letters of a kind. The handler gets the batch and the index of its first field. */
function onLetter(kind, handler) {
  handlers[KINDS[kind].number] = handler;
}

/** Connects this environment, once: before anything is asked that a letter answers. */
function open() {
  if (opened) return;
  native().mailboxOpen(deliver);
  opened = true;
}

function deliver() {
  const letters = native().mailboxDrain();
  for (let at = 0; at < letters.length; ) {
    const kind = letters[at];
    try {
      handlers[kind](letters, at + 1);
    } catch (error) {
      // Told as an uncaught exception, but the letters behind it belong to others.
      queueMicrotask(() => {
        throw error;
      });
    }
    at += 1 + fieldCounts[kind];
  }
}

/** Keeps the process alive until the matching `unref()`: something is pending that a letter will settle. */
function ref() {
  pending += 1;
  if (pending > 1) return;
  open();
  keepAlive ??= setInterval(() => {}, NEVER_MS);
  keepAlive.ref();
}

function unref() {
  pending -= 1;
  if (pending === 0) keepAlive.unref();
}

module.exports = { onLetter, open, ref, unref };
