'use strict';

const { fromNative } = require('./errors.js');

/** `isError` of a `callSettled` letter. */
const TOOL_ERROR = 1;
const FAILED = 2;

/** The end of a call: the fields of a `callSettled` letter, in the order in which `src/binding/settled.rs` writes them. */
class Answer {
  /** How many numbers it takes. */
  static NUMBERS = 5;

  constructor(fields, at, numbers, from) {
    const ended = numbers[from + 4];
    const failed = ended === FAILED;
    this.output = failed ? undefined : fields[at];
    this.raw = failed ? undefined : fields[at + 1];
    this.error = failed ? fromNative(fields[at]) : undefined;
    // No process has the number 0.
    this.pid = numbers[from + 1] || undefined;
    this.durationMs = numbers[from + 2];
    this.attempts = numbers[from + 3];
    this.isError = ended === TOOL_ERROR;
  }
}

/** The end of a call that its caller gave up: its own facts, and the caller's error in place of what came. */
const endedBy = (error, { pid, durationMs, attempts }) => ({ error, pid, durationMs, attempts });

module.exports = { Answer, endedBy };
