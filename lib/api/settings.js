'use strict';
// What configure() was given, as the engine holds it for all threads, and whether this environment was shut down.

const { ProcmanError, invalidArgument, unwrap } = require('./errors.js');
const { native } = require('./native.js');

const MAY_BE_INFINITE = ['timeoutMs', 'queueTimeout', 'maxQueue'];

let cached;
let closed = false;
let closings = 0;
let era = 0;

/** The settings in force. */
function current() {
  cached ??= revived(JSON.parse(native().engineSettings()));
  return cached;
}

const revived = (found) => exchanged(found, 'Infinity', Infinity);

/** JSON has no infinite number. */
function exchanged(found, from, to) {
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value === from && MAY_BE_INFINITE.includes(name) ? to : value]));
}

/** Replaces them; ERR_CONFIG once the engine runs on the old ones, ERR_INVALID_ARGUMENT for a server that is wrong. */
function replace(portable) {
  unwrap(native().engineConfigure(written(portable)));
  cached = undefined;
  closed = false;
}

function written(portable) {
  try {
    return JSON.stringify(exchanged(portable, Infinity, 'Infinity'));
  } catch (cause) {
    // A BigInt, or a circle.
    throw invalidArgument('options', cause.message.split('\n', 1)[0], 'plain data');
  }
}

/** This thread was shut down and takes work again, on the settings in force. */
function reopen() {
  closed = false;
}

/** Whether this thread was shut down. */
function isClosed() {
  return closed;
}

/** ERR_CLOSED after shutdown(), else undefined. */
function closedError() {
  return closed ? new ProcmanError('ERR_CLOSED', 'procman was shut down; call configure() to open it again') : undefined;
}

/** What is returned is called when nothing is left. */
function close() {
  closed = true;
  era += 1;
  cached = undefined;
  closings += 1;
  return () => (closings -= 1);
}

/** Whether something is being shut down. */
function isClosing() {
  return closings > 0;
}

/** Grows with each shutdown: what was made in an earlier era is gone. */
function currentEra() {
  return era;
}

module.exports = { current, replace, reopen, isClosed, isClosing, closedError, close, era: currentEra };
