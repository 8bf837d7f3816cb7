'use strict';

const { ProcmanError } = require('./errors.js');
const { withFileSettings } = require('./file-settings.js');
const { internals } = require('./semaphore.js');
const { timeoutError } = require('./semaphore-errors.js');
const { MAX_PERMITS, isMaxConcurrent, parseSettings } = require('./semaphore-options.js');
const inCode = require('./settings.js');
const { CallWaiter } = require('./slot-waiter.js');
const { ToolSlots } = require('./tool-slots.js');

const VARIABLE = 'MCP_MAX_CONCURRENT';

const NAMES = ['maxConcurrent', 'queueTimeout', 'maxQueue'];

/** What holds; read once per what `configure()` said, on whichever thread. */
let chosen;
let chosenOf;

const slots = new ToolSlots(settings);
const defaults = {
  get timeout() {
    return settings().queueTimeout;
  },
  signal: undefined,
};

/** The limit of tool calls: one for the process, one queue for all its threads. Reads its settings at its first use. */
const mcpSemaphore = internals.over(slots, defaults);

function getSemaphoreStatus() {
  return mcpSemaphore.getStatus();
}

/** `configure()` was called. Takes effect at once when the semaphore is in use already; what is wrong in environment or files is for its next use. */
function configured() {
  slots.settingsChanged();
}

/** What `configure()` said wins over environment and files. Throws ERR_CONFIG for a bad setting of the environment or of a file. */
function settings() {
  const given = inCode.current();
  if (chosenOf !== given) {
    const limit = given.maxConcurrent ?? limitFromEnvironment();
    const { maxConcurrent, queueTimeout, maxQueue } = withFileSettings({ ...given, maxConcurrent: limit }, NAMES);
    chosen = parseSettings(maxConcurrent, { queueTimeout, maxQueue });
    chosenOf = given;
  }
  return chosen;
}

/** What holds for this thread now. */
function semaphoreSettings() {
  return { ...settings(), maxConcurrent: getSemaphoreStatus().maxConcurrent };
}

/** Makes sure that the limiter exists. Throws ERR_CONFIG for a bad setting of the environment or of a file. */
function openSlots() {
  slots.open();
}

/**
 * Waits for a slot without a promise, in the same queue as everybody; for a call that found none free. `granted` or `failed(error)`
 * runs in a later microtask or timer. Throws ERR_SEMAPHORE_TIMEOUT (queue timeout 0). The native part takes the slot back when the
 * call settles.
 */
function waitForSlot(signal, granted, failed) {
  if (defaults.timeout === 0) throw timeoutError(0);
  // In a microtask: a chain of calls that fail at once would otherwise recurse.
  const later = (error) => queueMicrotask(error === undefined ? granted : () => failed(error));
  new CallWaiter().enter(slots, defaults.timeout, later, signal);
}

/** The thread was shut down: its calls in the queue end with an error each; who waits for a permit of his own goes on waiting. */
function closeQueue(makeError) {
  slots.closeQueue(makeError);
}

/** Gives back a slot that no call was begun with. */
function releaseSlot() {
  slots.release();
}

/** Undefined: it has none. */
function limitFromEnvironment() {
  const text = process.env[VARIABLE];
  if (text === undefined || text === '') return undefined;
  const limit = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  if (isMaxConcurrent(limit)) return limit;
  throw new ProcmanError(
    'ERR_CONFIG',
    `${VARIABLE} must be an integer from 1 to ${MAX_PERMITS}; it is ${JSON.stringify(text)}. Correct or unset it.`,
    { details: { variable: VARIABLE, value: text } },
  );
}

module.exports = { mcpSemaphore, getSemaphoreStatus, configured, semaphoreSettings, openSlots, waitForSlot, closeQueue, releaseSlot };
