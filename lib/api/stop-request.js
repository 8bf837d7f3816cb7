'use strict';
// One stop of processes: its options, its abort, its report.

const { constants } = require('node:os');
const { aborted, invalidArgument } = require('./errors.js');
const { native } = require('./native.js');
const { onAbort } = require('./on-abort.js');
const { askInParts } = require('./process-answers.js');
const { boolean, milliseconds, optionalObject, optionalSignal, wholeNumber } = require('./validate.js');

const DEFAULT_GRACE_MS = 2000;

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
  }
}

function signalNumber(name = 'SIGTERM') {
  const number = constants.signals[name];
  if (number === undefined) throw invalidArgument('options.killSignal', name, 'the name of a signal, such as SIGTERM');
  return number;
}

function userIds(uids = []) {
  if (!Array.isArray(uids)) throw invalidArgument('options.uids', uids, 'an array of user ids');
  uids.forEach((uid, index) => wholeNumber(`options.uids[${index}]`, uid, 0));
  return uids;
}

module.exports = { stopRequest };
