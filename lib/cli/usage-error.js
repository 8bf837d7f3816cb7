'use strict';

/** Something that was typed wrong. Looks like every other error of procman, so that `--json` has one shape. */
class UsageError extends Error {
  constructor(message, details = {}) {
    super(message);
    this.name = 'UsageError';
    this.code = 'ERR_INVALID_ARGUMENT';
    this.details = details;
  }
}

module.exports = { UsageError };
