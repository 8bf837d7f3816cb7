'use strict';
// The numbers of a pool at one moment.

const { native } = require('../native.js');

/** Of a pool that nobody has used yet, or that is no more. */
const NOTHING = {
  totalInstances: 0,
  healthyInstances: 0,
  totalMemoryMB: 0,
  averageMemoryMB: 0,
  busyInstances: 0,
  idleInstances: 0,
  leases: 0,
  callsInFlight: 0,
  waiting: 0,
  started: 0,
  reused: 0,
  restarted: 0,
  retired: 0,
  failed: 0,
};

/** What is counted since the pool began. */
const TOTALS = ['started', 'reused', 'restarted', 'retired', 'failed'];

/** The numbers of one pool, whose totals outlive it. */
class PoolStats {
  #totals = {};

  /** @param {number} pool of the native part; 0: none yet */
  of(pool) {
    const stats = pool === 0 ? null : native().poolStats(pool);
    return stats === null ? { ...NOTHING, ...this.#totals } : JSON.parse(stats);
  }

  /** The pool ends now. */
  keepTotals(pool) {
    const stats = this.of(pool);
    this.#totals = Object.fromEntries(TOTALS.map((name) => [name, stats[name]]));
  }
}

module.exports = { PoolStats };
