// What the garbage collector had of a time: it stops the thread for longer than most of what is measured here, whoever made the garbage.
import { PerformanceObserver } from 'node:perf_hooks';

export class Collections {
  #seen = [];
  #observer = new PerformanceObserver((list) => this.#seen.push(...list.getEntries()));

  /** From now on. */
  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** The observer hears of the last ones in a turn of its own. */
  async settle() {
    await new Promise((resolve) => setImmediate(resolve));
    this.#seen.push(...this.#observer.takeRecords());
  }

  /** Milliseconds of a time, of which both ends are `performance.now()`. */
  within(from, to) {
    const overlap = ({ startTime, duration }) => Math.min(startTime + duration, to) - Math.max(startTime, from);
    return this.#seen.reduce((sum, collection) => sum + Math.max(0, overlap(collection)), 0);
  }
}
