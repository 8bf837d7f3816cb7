'use strict';

const { LISTS, changedBy } = require('./list-kinds.js');

/**
 * The lists of one session, read once for all who ask.
 *
 * A list is kept only while somebody would tell that it changed: the stream stands, and the server says that it tells. In the 2026-07-28
 * protocol it is kept for the server's `ttlMs` instead. Whatever makes lists stale begins a new moment, and a read that began in an older
 * one is answered and not kept.
 *
 * | | the lists |
 * |---|---|
 * | the stream begins or ends | all forgotten: changes may have been missed |
 * | `list_changed` | that list is forgotten |
 * | a read ends in the moment in which it began | kept, if it may be |
 */
class ListCache {
  #offers = {};
  #modern = false;
  #stands = false;
  #kept = new Map();
  #now;
  /** Of a read: what `keep()` is told when it is over. */
  moment = 0;

  /** @param {() => number} now milliseconds, for tests */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** The server said what it has, and which protocol it speaks. */
  introduced(capabilities, modern) {
    this.#offers = capabilities ?? {};
    this.#modern = modern;
  }

  /** The list, or undefined. */
  get(method) {
    const { list, until } = this.#kept.get(method) ?? {};
    return list !== undefined && this.#now() < until ? list : undefined;
  }

  keep(method, list, moment) {
    const until = this.#freshUntil(method, list);
    if (moment === this.moment && until > this.#now()) this.#kept.set(method, { list, until });
  }

  streamChanged(stands) {
    this.#stands = stands;
    this.#forget(Object.keys(LISTS));
  }

  heard(notification) {
    this.#forget(changedBy(notification));
  }

  #freshUntil(method, { ttlMs = 0 }) {
    if (this.#modern) return this.#now() + ttlMs;
    return this.#stands && this.#offers[LISTS[method].capability]?.listChanged === true ? Infinity : -Infinity;
  }

  #forget(methods) {
    if (methods.length > 0) this.moment += 1;
    for (const method of methods) this.#kept.delete(method);
  }
}

module.exports = { ListCache };
