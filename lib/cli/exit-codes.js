'use strict';
// Every exit status of the command line; docs/cli.md is checked against this table by test.

const { constants } = require('node:os');

const EXIT = Object.freeze({
  OK: 0,
  FAILURE: 1,
  USAGE: 2,
  CONFIG: 3,
  SERVER: 4,
  SURVIVORS: 5,
  REFUSED: 6,
  WARNING: 10,
  CRITICAL: 11,
  TIMEOUT: 124,
  RUN_FAILED: 125,
  NOT_EXECUTABLE: 126,
  NOT_FOUND: 127,
});

/** A signal's status is this plus its number, as in every shell. */
const SIGNAL_BASE = 128;

const BY_CODE = Object.freeze({
  ERR_INVALID_ARGUMENT: EXIT.USAGE,
  ERR_CONFIG: EXIT.CONFIG,
  ERR_SERVER_UNKNOWN: EXIT.CONFIG,
  ERR_SERVER_START: EXIT.SERVER,
  ERR_SERVER_EXITED: EXIT.SERVER,
  ERR_SERVER_PROTOCOL: EXIT.SERVER,
  ERR_SERVER_QUARANTINED: EXIT.SERVER,
  ERR_AUTH_REQUIRED: EXIT.SERVER,
  ERR_SPAWN: EXIT.SERVER,
  ERR_KILL_REFUSED: EXIT.REFUSED,
  ERR_CALL_TIMEOUT: EXIT.TIMEOUT,
  ERR_SEMAPHORE_TIMEOUT: EXIT.TIMEOUT,
});

/** What `run` answers where the command never ran, as env(1) and timeout(1) do. */
const BY_SPAWN_ERRNO = Object.freeze({
  ENOENT: EXIT.NOT_FOUND,
  ENOTDIR: EXIT.NOT_FOUND,
  EACCES: EXIT.NOT_EXECUTABLE,
  EPERM: EXIT.NOT_EXECUTABLE,
  ENOEXEC: EXIT.NOT_EXECUTABLE,
  EISDIR: EXIT.NOT_EXECUTABLE,
});

/** The status for an error of any command but `run`. */
function exitCodeOf(error) {
  return BY_CODE[error?.code] ?? EXIT.FAILURE;
}

/** The status for an error of `run`: the command itself may use every small number. */
function runExitCodeOf({ code, details }) {
  if (code === 'ERR_INVALID_ARGUMENT') return EXIT.USAGE;
  // A working directory that is missing says nothing of the command.
  if (code !== 'ERR_SPAWN' || details?.stage === 'directory') return EXIT.RUN_FAILED;
  // The file is there: what its first line names is not.
  if (details?.stage === 'interpreter') return EXIT.NOT_EXECUTABLE;
  return BY_SPAWN_ERRNO[details?.errno] ?? EXIT.RUN_FAILED;
}

/** The status of a process that a signal ended. */
function exitCodeOfSignal(signal) {
  return SIGNAL_BASE + (constants.signals[signal] ?? 0);
}

module.exports = { EXIT, exitCodeOf, runExitCodeOf, exitCodeOfSignal };
