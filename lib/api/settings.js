'use strict';
// What configure() was given, as the engine holds it for all threads, and whether this environment was shut down.

const { ProcmanError, unwrap } = require('./errors.js');
const { native } = require('./native.js');

let cached;
let closed = false;
let closings = 0;
let era = 0;

/** The settings in force. */
function current() {
  cached ??= JSON.parse(native().engineSettings());
  return cached;
}

/** Replaces them; ERR_CONFIG once the engine runs on the old ones. */
function replace(portable) {
  unwrap(native().engineConfigure(JSON.stringify(portable)));
  cached = undefined;
  closed = false;
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
