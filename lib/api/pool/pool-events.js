'use strict';
// Events of native pools on their way to the emitters of this thread.

const { ProcmanError } = require('../errors.js');
const { hasLogger, say } = require('../log/logger.js');
const { poolLine } = require('../log/pool-lines.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');

/** Emitters by the number of their pool. Several may show one named pool. */
const emitters = new Map();

mailbox.onLetter('poolEvent', (letters, at) => {
  const { event, pool, ...facts } = JSON.parse(letters[at + 1]);
  if (hasLogger()) log(poolLine(pool, event, facts));
  for (const emitter of [...(emitters.get(letters[at]) ?? [])]) emitter.emit(event, told(facts));
});

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
  native().poolListen(pool, true);
}

/** Whether this thread hears of all pools, for its log, or only of those that somebody listens to. */
function observeAll(on) {
  if (on) mailbox.open();
  native().poolsObserve(on);
}

function log(line) {
  if (line !== undefined) say(...line);
}

/** Nobody listens any more. */
function unfollow(pool, emitter) {
  const known = emitters.get(pool);
  if (known === undefined || !known.delete(emitter) || known.size > 0) return;
  emitters.delete(pool);
  native().poolListen(pool, false);
}

module.exports = { follow, unfollow, observeAll };
