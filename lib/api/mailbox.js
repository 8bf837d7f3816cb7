'use strict';

const { native } = require('./native.js');

/** Kinds of letters and how many fields follow the kind, and how many numbers; `src/binding/letter.rs` writes them in this order. */
const KINDS = {
  permitGranted: { number: 1, fields: 1 },
  callSettled: { number: 2, fields: 2, numbers: 5 },
  callProgress: { number: 3, fields: 2 },
  unitStarted: { number: 4, fields: 2 },
  unitFailed: { number: 5, fields: 2 },
  unitEnded: { number: 6, fields: 2 },
  done: { number: 7, fields: 2 },
  unitStopped: { number: 8, fields: 2 },
  callInput: { number: 14, fields: 3 },
  leaseGranted: { number: 9, fields: 2 },
  leaseRefused: { number: 10, fields: 2 },
  leaseNotice: { number: 11, fields: 2 },
  leaseNotification: { number: 12, fields: 2 },
  poolEvent: { number: 13, fields: 2 },
  leaseQuestion: { number: 15, fields: 3 },
  leaseQuestionWithdrawn: { number: 16, fields: 2 },
  failed: { number: 17, fields: 2 },
  monitorEvent: { number: 20, fields: 2 },
};

/** Longer than any process lives; the timer exists to be ref'ed, not to fire. */
const NEVER_MS = 2 ** 31 - 1;

/** The first of the numbers says how many letters are left; behind it there is room for this many letters. */
const BATCH = 256;
const MOST_NUMBERS = 5;

const handlers = [];
const fieldCounts = [];
const numberCounts = [];
for (const { number, fields, numbers = 0 } of Object.values(KINDS)) {
  fieldCounts[number] = fields;
  numberCounts[number] = numbers;
}
/** Numbers cross here: writing one into memory costs a tenth of making a value of it. */
const numbers = new Float64Array(1 + BATCH * MOST_NUMBERS);
const bytes = Buffer.from(numbers.buffer);

let opened = false;
let pending = 0;
let keepAlive = null;

/** Says who takes the letters of a kind. The handler gets the batch and the index of its first field, then the numbers and the index of its first. */
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
  let left;
  do {
    const letters = native().mailboxDrain(bytes);
    left = numbers[0];
    deliverAll(letters);
  } while (left > 0);
}

function deliverAll(letters) {
  for (let at = 0, from = 1; at < letters.length; ) {
    const kind = letters[at];
    try {
      handlers[kind](letters, at + 1, numbers, from);
    } catch (error) {
      // Told as an uncaught exception, but the letters behind it belong to others.
      queueMicrotask(() => {
        throw error;
      });
    }
    at += 1 + fieldCounts[kind];
    from += numberCounts[kind];
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
