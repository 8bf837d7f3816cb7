'use strict';

const test = require('ava');
const fc = require('fast-check');
const { Semaphore } = require('..');
const { WaitQueue, NO_PLACE } = require('../lib/api/wait-queue.js');

/** Waiters do not keep a process alive, not even one that tests them. */
function stayAlive(t) {
  const timer = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(timer));
}

test('a queue with gaps keeps the order of a plain list, while it grows and when it closes them', (t) => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.constant('push') }, { weight: 1, arbitrary: fc.constant('shift') }, fc.nat(1000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const queue = new WaitQueue(() => {});
      const list = [];
      for (const action of steps) {
        if (action === 'push') {
          const waiter = { place: NO_PLACE };
          queue.push(waiter, Infinity);
          list.push(waiter);
        } else if (list.length > 0) {
          const index = action === 'shift' ? 0 : action % list.length;
          const [waiter] = list.splice(index, 1);
          if (action === 'shift' ? queue.shift() !== waiter : !queue.remove(waiter)) return false;
          if (queue.remove(waiter)) return false;
        }
        if (queue.length !== list.length) return false;
      }
      return list.every((waiter) => queue.shift() === waiter) && queue.length === 0;
    }),
  );
  t.pass();
});

test('deadlines pass in their own order, whatever the order of arrival, and hurt nobody else', async (t) => {
  stayAlive(t);
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const ended = [];
  const timeouts = [Infinity, 90, 30, 60, 60_000, 30];
  const waiting = timeouts.map((timeout, index) =>
    semaphore.acquire({ timeout }).then(
      (granted) => (ended.push(index), granted.release()),
      (error) => ended.push(`${index} ${error.details.timeoutMs}`),
    ),
  );
  await Promise.all([1, 2, 3, 5].map((index) => waiting[index]));
  t.deepEqual(ended, ['2 30', '5 30', '3 60', '1 90']);
  t.is(semaphore.getStatus().queued, 2);
  permit.release();
  await Promise.all(waiting);
  t.deepEqual(ended.slice(4), [0, 4]);
});

test('deadlines that a late timer finds together pass in their own order: regression of the order of arrival', async (t) => {
  stayAlive(t);
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const ended = [];
  const waiting = [30, 10, 20, 10].map((timeout, index) => semaphore.acquire({ timeout }).catch(({ details }) => ended.push(`${index} ${details.timeoutMs}`)));
  // Nothing else runs meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  await Promise.all(waiting);
  t.deepEqual(ended, ['1 10', '3 10', '2 20', '0 30']);
  permit.release();
});

test('a waiter that expires is replaced by one that came later and has longer', async (t) => {
  stayAlive(t);
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  for (let round = 0; round < 3; round += 1) {
    const short = semaphore.acquire({ timeout: 5 });
    const long = semaphore.acquire({ timeout: 15 });
    await t.throwsAsync(short, { code: 'ERR_SEMAPHORE_TIMEOUT' });
    await t.throwsAsync(long, { code: 'ERR_SEMAPHORE_TIMEOUT' });
  }
  permit.release();
  t.deepEqual(semaphore.getStatus(), { maxConcurrent: 1, current: 0, queued: 0, available: 1 });
});

test('deadlines behind a waiter whose grant is on its way still pass: regression of a queue that lost its timer', async (t) => {
  t.timeout(10_000);
  stayAlive(t);
  const [granted, next, last] = [1, 2, 3].map((timeoutMs) => ({ timeoutMs, place: NO_PLACE }));
  const ended = [];
  await new Promise((resolve) => {
    const queue = new WaitQueue((waiter) => {
      ended.push(waiter);
      // What was granted elsewhere leaves with the news of that, which may be later than the next deadline.
      if (waiter === granted) for (const later of [next, last]) queue.push(later, later.timeoutMs);
      else queue.remove(waiter);
      if (waiter === last) resolve();
    });
    queue.push(granted, granted.timeoutMs);
  });
  t.deepEqual(ended, [granted, next, last]);
});
