'use strict';
// What the native part says of the instance behind a lease: numbers, in the order of `src/binding/lease_numbers.rs`.

const { native } = require('../native.js');

const NONE = 0;

/** Numbers cross here: making a JavaScript value of each, or JSON, costs more than a lease does. */
const numbers = new Float64Array(6);
const bytes = Buffer.from(numbers.buffer);

/** What was known of an instance last: stays readable when it is gone, or the lease given back. */
class LeaseInfo {
  /** Its number within the pool. */
  instance;
  pid;
  createdAt;
  lastUsedAt;
  memoryMB;
  healthy = false;

  /** How it is now. */
  look(lease) {
    if (native().leaseInfo(lease, bytes)) this.read();
  }

  /** Gives the lease back; how it was at that moment. */
  release(lease) {
    if (native().leaseRelease(lease, bytes)) this.read();
  }

  /** Takes what the native part wrote last. A lease that lost its instance is on none, and an instance that is gone has no process: what was known stays. */
  read() {
    this.healthy = numbers[5] === 1;
    if (numbers[0] !== NONE) this.instance = numbers[0];
    if (numbers[1] === NONE) return;
    this.pid = numbers[1];
    this.createdAt = numbers[2];
    this.lastUsedAt = numbers[3];
    this.memoryMB = numbers[4];
  }
}

/** Gives back a lease that nobody took. */
const releaseUntaken = (lease) => native().leaseRelease(lease, bytes);

/** Gives back the oldest lease of this thread on an instance; its number, with its information to be read, or 0. */
const releaseOldest = (pool, instanceId) => native().poolReleaseInstance(pool, instanceId, bytes);

module.exports = { LeaseInfo, releaseUntaken, releaseOldest };
