'use strict';

/** What setTimeout takes at most. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const NO_PLACE = -1;

/**
 * Waiters in the order in which they came, each with a deadline: first in, first out, removal from anywhere in (amortised) constant
 * time, one unref'ed timer for all deadlines.
 *
 * A ring of references and not a list that links its members: the collector follows such a list member by member, which with 100 000
 * waiters costs more than all the rest. Who leaves early leaves a gap; gaps are closed when the ring is full. The queue keeps each
 * waiter's place in `waiter.place`.
 */
class WaitQueue {
  #waiters = new Array(16).fill(undefined);
  #timeouts = new Float64Array(16);
  #deadlines = new Float64Array(16);
  #head = 0;
  #tail = 0;
  #length = 0;
  /** The latest deadline of all, and whether each came after the ones before: with equal timeouts it does. */
  #latest = 0;
  #sorted = true;
  #timer = null;
  #timerAt = Infinity;
  #expire;

  /** `expire(waiter, timeoutMs)` runs for each waiter whose time is over; it takes the waiter out, unless that was granted meanwhile. */
  constructor(expire) {
    this.#expire = expire;
  }

  get length() {
    return this.#length;
  }

  push(waiter, timeoutMs) {
    if (this.#tail - this.#head === this.#waiters.length) this.#makeRoom();
    const index = this.#tail & (this.#waiters.length - 1);
    this.#waiters[index] = waiter;
    waiter.place = this.#tail;
    this.#tail += 1;
    this.#length += 1;
    this.#timeouts[index] = timeoutMs;
    const deadline = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    this.#deadlines[index] = deadline;
    if (deadline < this.#latest) this.#sorted = false;
    else this.#latest = deadline;
    if (deadline < this.#timerAt) this.#arm(deadline);
  }

  /** The waiter that came first. The queue is not empty. */
  shift() {
    const last = this.#waiters.length - 1;
    while (this.#waiters[this.#head & last] === undefined) this.#head += 1;
    const waiter = this.#waiters[this.#head & last];
    this.#drop(waiter);
    return waiter;
  }

  /** Who is in it now, in order. */
  all() {
    const last = this.#waiters.length - 1;
    const found = [];
    for (let place = this.#head; place < this.#tail; place += 1) found.push(this.#waiters[place & last]);
    return found.filter((waiter) => waiter !== undefined);
  }

  /** False: it is not in the queue. */
  remove(waiter) {
    if (waiter.place === NO_PLACE) return false;
    this.#drop(waiter);
    return true;
  }

  #drop(waiter) {
    this.#waiters[waiter.place & (this.#waiters.length - 1)] = undefined;
    if (waiter.place === this.#head) this.#head += 1;
    waiter.place = NO_PLACE;
    this.#length -= 1;
    if (this.#length > 0) return;
    this.#head = this.#tail = this.#latest = 0;
    this.#sorted = true;
  }

  /** Closes the gaps, and doubles the ring where they are not half of it. */
  #makeRoom() {
    const waiters = this.#waiters;
    const timeouts = this.#timeouts;
    const deadlines = this.#deadlines;
    const last = waiters.length - 1;
    const capacity = this.#length > waiters.length / 2 ? waiters.length * 2 : waiters.length;
    this.#waiters = new Array(capacity).fill(undefined);
    this.#timeouts = new Float64Array(capacity);
    this.#deadlines = new Float64Array(capacity);
    let place = 0;
    for (let from = this.#head; from < this.#tail; from += 1) {
      const waiter = waiters[from & last];
      if (waiter === undefined) continue;
      this.#waiters[place] = waiter;
      this.#timeouts[place] = timeouts[from & last];
      this.#deadlines[place] = deadlines[from & last];
      waiter.place = place;
      place += 1;
    }
    this.#head = 0;
    this.#tail = place;
  }

  #arm(deadline) {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const wait = Math.min(Math.max(Math.ceil(deadline - performance.now()), 1), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#onTimer(), wait).unref();
  }

  /** The timer outlives the waiter that it was armed for: to arm it again for each would cost more than to look once. */
  #onTimer() {
    this.#timer = null;
    this.#timerAt = Infinity;
    const expired = [];
    const next = this.#takeExpired(performance.now(), expired);
    // A late timer finds several.
    if (!this.#sorted) expired.sort((a, b) => a.deadline - b.deadline);
    for (const { waiter, timeoutMs } of expired) this.#expire(waiter, timeoutMs);
    if (next < this.#timerAt) this.#arm(next);
  }

  /** Collects whose time is over and returns the next deadline. */
  #takeExpired(now, expired) {
    const last = this.#waiters.length - 1;
    let next = Infinity;
    for (let place = this.#head; place < this.#tail; place += 1) {
      const waiter = this.#waiters[place & last];
      if (waiter === undefined) continue;
      const deadline = this.#deadlines[place & last];
      if (deadline > now) {
        next = Math.min(next, deadline);
        // Who has expired, and stays until its grant arrives, says nothing of those behind it.
        if (this.#sorted && deadline !== Infinity) break;
      } else {
        // One that was granted meanwhile stays until the grant arrives; it expires once.
        this.#deadlines[place & last] = Infinity;
        expired.push({ waiter, deadline, timeoutMs: this.#timeouts[place & last] });
      }
    }
    return next;
  }
}

module.exports = { WaitQueue, NO_PLACE };
