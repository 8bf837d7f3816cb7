'use strict';

const test = require('ava');
const fc = require('fast-check');
const { ProcmanError, Semaphore } = require('..');
const { runNode } = require('./helpers/run-node.js');

const waits = (semaphore) => semaphore.getStatus().queued;

test('a newcomer does not overtake a waiter', async (t) => {
  const semaphore = new Semaphore(1);
  const order = [];
  const first = await semaphore.acquire();
  const waiting = semaphore.acquire().then((permit) => order.push('waiter') && permit);
  first.release();
  t.is(semaphore.tryAcquire(), null, 'the permit went from hand to hand');
  const newcomer = semaphore.acquire().then((permit) => order.push('newcomer') && permit);
  (await waiting).release();
  (await newcomer).release();
  t.deepEqual(order, ['waiter', 'newcomer']);
});

test('a permit is released once, however often it is told', async (t) => {
  const semaphore = new Semaphore(2);
  const [one] = await Promise.all([semaphore.acquire(), semaphore.acquire()]);
  one.release();
  one.release();
  one[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
  t.is(semaphore.getStatus().current, 1);
});

test('more releases than acquires are refused and change nothing', (t) => {
  const semaphore = new Semaphore(1);
  t.throws(() => semaphore.release(), { instanceOf: ProcmanError, code: 'ERR_SEMAPHORE_OVER_RELEASE' });
  t.deepEqual(semaphore.getStatus(), { maxConcurrent: 1, current: 0, queued: 0, available: 1 });
});

test('a timeout removes its own waiter, not the head', async (t) => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const patient = semaphore.acquire();
  const error = await t.throwsAsync(semaphore.acquire({ timeout: 20 }), { code: 'ERR_SEMAPHORE_TIMEOUT' });
  t.is(error.message, 'Semaphore acquire timeout (0.02s)');
  t.true(error.retryable);
  permit.release();
  (await patient).release();
  t.is(semaphore.getStatus().available, 1);
});

test('the message of the default timeout', async (t) => {
  const { timeoutError } = require('../lib/api/semaphore-errors.js');
  t.is(timeoutError(60_000).message, 'Semaphore acquire timeout (60s)');
});

test('timeout 0 takes a free permit and never waits', async (t) => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire({ timeout: 0 });
  await t.throwsAsync(semaphore.acquire({ timeout: 0 }), { code: 'ERR_SEMAPHORE_TIMEOUT' });
  permit.release();
  t.is(semaphore.getStatus().available, 1);
});

test('an abort in the middle of the queue leaves the others in order', async (t) => {
  const semaphore = new Semaphore(1);
  const controller = new AbortController();
  const order = [];
  const permit = await semaphore.acquire();
  const waiters = ['a', 'b', 'c'].map((name) =>
    semaphore.acquire(name === 'b' ? { signal: controller.signal } : {}).then((granted) => {
      order.push(name);
      granted.release();
    }),
  );
  const reason = new Error('no longer wanted');
  controller.abort(reason);
  const error = await t.throwsAsync(waiters[1], { code: 'ERR_ABORTED', name: 'AbortError' });
  t.is(error.cause, reason);
  t.is(waits(semaphore), 2);
  permit.release();
  await Promise.all([waiters[0], waiters[2]]);
  t.deepEqual(order, ['a', 'c']);
});

test('an aborted signal refuses even a free permit', async (t) => {
  const semaphore = new Semaphore(1);
  await t.throwsAsync(semaphore.acquire({ signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' });
  t.is(semaphore.getStatus().available, 1);
});

test('resize wakes waiters in order and shrinking waits for permits to come back', async (t) => {
  const semaphore = new Semaphore(1);
  const permits = [await semaphore.acquire()];
  const waiters = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()];
  semaphore.resize(3);
  permits.push(await waiters[0], await waiters[1]);
  t.is(waits(semaphore), 1);
  semaphore.resize(1);
  t.deepEqual(semaphore.getStatus(), { maxConcurrent: 1, current: 3, queued: 1, available: 0 });
  permits.pop().release();
  permits.pop().release();
  t.is(waits(semaphore), 1, 'two permits vanished');
  permits.pop().release();
  (await waiters[2]).release();
});

test('maxQueue refuses the next waiter', async (t) => {
  const semaphore = new Semaphore(1, { maxQueue: 1 });
  const permit = await semaphore.acquire();
  const waiter = semaphore.acquire();
  await t.throwsAsync(semaphore.acquire(), { code: 'ERR_SEMAPHORE_QUEUE_FULL' });
  permit.release();
  (await waiter).release();
});

test('use starts its function later and gives the permit back when it throws', async (t) => {
  const semaphore = new Semaphore(1);
  let started = false;
  const running = semaphore.use(() => {
    started = true;
    throw new Error('of the caller');
  });
  t.false(started);
  await t.throwsAsync(running, { message: 'of the caller' });
  t.is(semaphore.getStatus().available, 1);
});

for (const bad of [0, -1, 1.5, NaN, Infinity, '3', null]) {
  test(`a limit of ${String(bad)} (${typeof bad}) is refused by name`, (t) => {
    t.throws(() => new Semaphore(bad), { code: 'ERR_INVALID_ARGUMENT', message: /maxConcurrent/ });
    t.throws(() => new Semaphore(1).resize(bad), { code: 'ERR_INVALID_ARGUMENT', message: /maxConcurrent/ });
  });
}

test('bad options are refused by name', async (t) => {
  const semaphore = new Semaphore(1);
  await t.throwsAsync(semaphore.acquire({ timeout: -1 }), { code: 'ERR_INVALID_ARGUMENT', message: /timeout/ });
  await t.throwsAsync(semaphore.acquire({ timeout: NaN }), { code: 'ERR_INVALID_ARGUMENT', message: /timeout/ });
  await t.throwsAsync(semaphore.acquire({ signal: {} }), { code: 'ERR_INVALID_ARGUMENT', message: /signal/ });
  await t.throwsAsync(semaphore.acquire(5), { code: 'ERR_INVALID_ARGUMENT', message: /options/ });
  t.throws(() => new Semaphore(1, { maxQueue: -1 }), { code: 'ERR_INVALID_ARGUMENT', message: /maxQueue/ });
});

test('whatever happens, the permits add up and the order holds', async (t) => {
  const step = fc.oneof(fc.constant('acquire'), fc.constant('abort'), fc.constant('release'), fc.integer({ min: 1, max: 4 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const semaphore = new Semaphore(2);
      const held = [];
      const granted = [];
      const pending = new Map();
      let next = 0;
      for (const action of steps) {
        if (action === 'acquire') {
          const id = (next += 1);
          const controller = new AbortController();
          pending.set(id, controller);
          semaphore.acquire({ signal: controller.signal }).then(
            (permit) => (granted.push(id), held.push(permit), pending.delete(id)),
            () => pending.delete(id),
          );
        } else if (action === 'abort') [...pending.values()].at(-1)?.abort();
        else if (action === 'release') held.shift()?.release();
        else semaphore.resize(action);
        await null;
        await null;
        await null;
        const { maxConcurrent, current, queued } = semaphore.getStatus();
        if (current !== held.length || queued !== pending.size) return false;
        if (queued > 0 && current < maxConcurrent) return false;
      }
      return granted.every((id, index) => index === 0 || granted[index - 1] < id);
    }),
  );
  t.pass();
});

test('waiters do not keep the process alive', async (t) => {
  const script = (last) => `const { Semaphore } = require('.'); const s = new Semaphore(1);
    s.acquire().then(() => s.acquire({ timeout: 60_000 })); process.on('exit', () => console.log('exit')); ${last}`;
  const { stdout, signal } = await runNode(script(''), { timeout: 10_000 });
  t.deepEqual({ stdout, signal }, { stdout: 'exit\n', signal: null });
  const control = await runNode(script('setInterval(() => {}, 1000)'), { timeout: 2000 });
  t.is(control.signal, 'SIGKILL', 'the control stays');
});

test('a signal is whatever a call takes as one: regression of two sets of rules', async (t) => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  const fired = new EventTarget();
  const signal = { aborted: false, reason: 'enough', addEventListener: fired.addEventListener.bind(fired), removeEventListener: fired.removeEventListener.bind(fired) };
  const waiting = semaphore.acquire({ signal });
  fired.dispatchEvent(new Event('abort'));
  t.like(await t.throwsAsync(waiting, { code: 'ERR_ABORTED' }), { cause: 'enough' });
  for (const none of [null, {}, 'abort']) await t.throwsAsync(semaphore.acquire({ signal: none }), { code: 'ERR_INVALID_ARGUMENT', message: /signal must be an AbortSignal/ });
  permit.release();
});

test('use() takes a function and nothing else, and asks for no permit otherwise', async (t) => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  for (const none of [5, undefined, null, {}]) await t.throwsAsync(semaphore.use(none), { code: 'ERR_INVALID_ARGUMENT', message: /fn must be a function; got / });
  t.is(semaphore.getStatus().queued, 0);
  permit.release();
});

test('an error that somebody catches is never told as unhandled, whichever way a waiter fails; one that nobody catches is', async (t) => {
  const script = (end) => `
    const { Semaphore } = require('.');
    process.on('unhandledRejection', ({ code }) => console.log('unhandled', code));
    process.on('rejectionHandled', () => console.log('handled late'));
    const semaphore = new Semaphore(1, { maxQueue: 2 });
    semaphore.tryAcquire();
    const controller = new AbortController();
    const failing = [{ timeout: 5 }, { signal: controller.signal }, {}].map((options) => semaphore.acquire(options));
    controller.abort();
    setTimeout(() => {}, 50);
    for (const waiter of failing) ${end};`;
  const caught = await runNode(script('waiter.catch(({ code }) => console.log(code))'));
  t.deepEqual(caught.stdout.split('\n').sort(), ['', 'ERR_ABORTED', 'ERR_SEMAPHORE_QUEUE_FULL', 'ERR_SEMAPHORE_TIMEOUT']);
  const uncaught = await runNode(script('void waiter'));
  t.deepEqual(uncaught.stdout.split('\n').sort(), ['', 'unhandled ERR_ABORTED', 'unhandled ERR_SEMAPHORE_QUEUE_FULL', 'unhandled ERR_SEMAPHORE_TIMEOUT']);
});
