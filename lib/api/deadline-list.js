'use strict';

/** What setTimeout takes at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Deadlines of many waiters on one unref'ed timer per distinct timeout.
 *
 * Waiters with the same timeout expire in the order in which they came, so a linked list needs no sorting, and a waiter
 * that is served leaves in constant time. A timer each would cost more than the rest of a contended acquire.
 *
 * The list keeps its links in its members: `deadline`, `bucket`, `previous`, `next`.
 */
class DeadlineList {
  #buckets = new Map();
  #expire;

  /** `expire(member)` runs for each member whose time is over, after it left the list. */
  constructor(expire) {
    this.#expire = expire;
  }

  add(member, timeoutMs) {
    if (timeoutMs === Infinity) return;
    let bucket = this.#buckets.get(timeoutMs);
    if (bucket === undefined) {
      bucket = { timeoutMs, head: null, tail: null, timer: null };
      this.#buckets.set(timeoutMs, bucket);
    }
    member.deadline = performance.now() + timeoutMs;
    member.bucket = bucket;
    member.previous = bucket.tail;
    if (bucket.tail === null) bucket.head = member;
    else bucket.tail.next = member;
    bucket.tail = member;
    if (bucket.timer === null) this.#arm(bucket);
  }

  remove(member) {
    const { bucket, previous, next } = member;
    if (bucket === null) return;
    if (previous === null) bucket.head = next;
    else previous.next = next;
    if (next === null) bucket.tail = previous;
    else next.previous = previous;
    member.bucket = member.previous = member.next = null;
  }

  #arm(bucket) {
    const wait = Math.min(Math.max(Math.ceil(bucket.head.deadline - performance.now()), 1), MAX_TIMER_MS);
    bucket.timer = setTimeout(() => this.#onTimer(bucket), wait).unref();
  }

  /** The timer of a bucket outlives its members: arming one again for each would be the cost that this class avoids. */
  #onTimer(bucket) {
    const now = performance.now();
    while (bucket.head !== null && bucket.head.deadline <= now) {
      const member = bucket.head;
      this.remove(member);
      this.#expire(member);
    }
    if (bucket.head !== null) {
      this.#arm(bucket);
      return;
    }
    bucket.timer = null;
    this.#buckets.delete(bucket.timeoutMs);
  }
}

module.exports = { DeadlineList };
