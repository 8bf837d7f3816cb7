'use strict';
// One stop of processes: its options, its abort, its report.

const { constants } = require('node:os');
const { aborted, invalidArgument } = require('./errors.js');
const { tellGuardWarnings } = require('./guard-warnings.js');
const { native } = require('./native.js');
const { onAbort } = require('./on-abort.js');
const { askInParts } = require('./process-answers.js');
const { boolean, milliseconds, optionalObject, optionalSignal } = require('./validate.js');

const DEFAULT_GRACE_MS = 2000;
/** The number above it means nobody, in every call of the kernel that takes one. */
const LARGEST_UID = 2 ** 32 - 2;

/**
 * Checks KillOptions, sends the request, and resolves to the report when it is over.
 * @param {string} what is stopped, for the message of an abort
 * @param {object} options
 * @param {(parts: object, token: number) => unknown} send answers the number of the stop
 */
async function stopRequest(what, options, send) {
  optionalObject('options', options);
  const signal = optionalSignal('options.signal', options.signal);
  const parts = {
    force: boolean('options.force', options.force, false),
    graceMs: milliseconds('options.graceMs', options.graceMs, DEFAULT_GRACE_MS),
    signal: signalNumber(options.killSignal),
    dryRun: boolean('options.dryRun', options.dryRun, false),
    uids: userIds(options.uids),
  };
  if (signal?.aborted) throw aborted(what, signal);
  let number;
  const cancel = () => native().processesStopCancel(number);
  const report = askInParts((token) => (number = send(parts, token)));
  const leave = signal && onAbort(signal, cancel);
  try {
    return await report;
  } catch (error) {
    throw error.code === 'ERR_ABORTED' && signal?.aborted ? aborted(what, signal) : error;
  } finally {
    leave?.();
    // That the audit log cannot be written is known only now.
    tellGuardWarnings();
  }
}

function signalNumber(name = 'SIGTERM') {
  const number = constants.signals[name];
  if (number === undefined) throw invalidArgument('options.killSignal', name, 'the name of a signal, such as SIGTERM');
  return number;
}

function userIds(uids = []) {
  if (!Array.isArray(uids)) throw invalidArgument('options.uids', uids, 'an array of user ids');
  // By a copy: a place that holds nothing is wrong too.
  return Array.from(uids, (uid, index) => userId(`options.uids[${index}]`, uid));
}

function userId(name, uid) {
  if (!Number.isInteger(uid) || uid < 0 || uid > LARGEST_UID) throw invalidArgument(name, uid, `a user id: a whole number from 0 to ${LARGEST_UID}`);
  return uid;
}

module.exports = { stopRequest };
