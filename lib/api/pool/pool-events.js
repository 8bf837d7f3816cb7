'use strict';
// Events of native pools on their way to the emitters of this thread. An emitter follows a pool by its number; one whose pool does not exist yet
// waits for its name, because calls, or another thread, may make it.

const { ProcmanError } = require('../errors.js');
const { hasLogger, say } = require('../log/logger.js');
const { poolLine } = require('../log/pool-lines.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');
const settings = require('../settings.js');
const { nameOf, namedPools } = require('./named-pools.js');

/** These come with every lease, so only to those who follow. None of them is the first that is heard of a pool. */
const FREQUENT = ['server-reused', 'server-released'];

/** Emitters by the number of their pool. Several may show one named pool. */
const emitters = new Map();
/** Who waits, by the name of the pool. */
const waiting = new Map();
/** Who is told of all pools that have a name. */
const watchers = new Set();
/** Whether the native part was asked for the events of all pools. */
let observing = false;

mailbox.onLetter('poolEvent', (letters, at) => {
  const number = letters[at];
  const { event, pool, ...facts } = JSON.parse(letters[at + 1]);
  if (hasLogger()) log(poolLine(pool, event, facts));
  if (isAwaited() && !FREQUENT.includes(event)) tellByName(nameOf(number), number, event, facts);
  for (const emitter of [...(emitters.get(number) ?? [])]) emitter.emit(event, told(facts));
});

/** Before the emitters are told: who waited is one of them then. */
function tellByName(name, number, event, facts) {
  if (name === undefined) return;
  arrived(name, number);
  for (const watcher of [...watchers]) watcher(name, event, told(facts));
}

/** Dates and errors as such. A fresh object for each listener's emitter. */
function told({ at, until, error, ...facts }) {
  return {
    ...facts,
    ...(until !== undefined && { until: new Date(until) }),
    ...(error !== undefined && { error: new ProcmanError(error.code, error.message, error) }),
    timestamp: new Date(at),
  };
}

/** From now on `emitter` emits what happens in the pool. */
function follow(pool, emitter) {
  const known = emitters.get(pool);
  if (known !== undefined) {
    known.add(emitter);
    return;
  }
  emitters.set(pool, new Set([emitter]));
  // Others may have made the pool before this thread asked for anything.
  mailbox.open();
  native().poolListen(pool, true);
}

/** Nobody listens any more. */
function unfollow(pool, emitter) {
  const known = emitters.get(pool);
  if (known === undefined || !known.delete(emitter) || known.size > 0) return;
  emitters.delete(pool);
  native().poolListen(pool, false);
}

/** `emitter.found()` is told the number of the pool of that name as soon as something happens in it. */
function waitFor(name, emitter) {
  const known = waiting.get(name);
  if (known === undefined) waiting.set(name, new Set([emitter]));
  else known.add(emitter);
  observe();
}

function stopWaiting(name, emitter) {
  const known = waiting.get(name);
  if (known === undefined || !known.delete(emitter) || known.size > 0) return;
  waiting.delete(name);
  observe();
}

/** A thread that was shut down waits for a pool of the time after its next configure(). */
function arrived(name, number) {
  if (settings.isClosed()) return;
  for (const emitter of [...(waiting.get(name) ?? [])]) emitter.found(number);
}

/** The pools end soon, and their names with them; what is still to be heard of them is heard by who waits. */
function meetAll() {
  if (isAwaited()) for (const { name, pool } of namedPools()) arrived(name, pool);
}

/** `watcher(name, event, facts)` is told what happens in all pools that have a name, but for what comes with every lease. */
function watch(watcher) {
  watchers.add(watcher);
  observe();
}

function unwatch(watcher) {
  if (watchers.delete(watcher)) observe();
}

const isAwaited = () => waiting.size > 0 || watchers.size > 0;

/** Has this thread hear of all pools while its log, or somebody who waits, wants to. Again after shutdown(), which may have ended that. */
function observe() {
  const wanted = hasLogger() || isAwaited();
  if (!wanted && !observing) return;
  if (wanted) mailbox.open();
  native().poolsObserve(wanted);
  observing = wanted;
}

function log(line) {
  if (line !== undefined) say(...line);
}

module.exports = { follow, unfollow, waitFor, stopWaiting, watch, unwatch, meetAll, observe };
