'use strict';
// Limits of calls at the edge of what numbers and clocks can hold.
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { example, standIn } = require('./helpers/programs.js');

const { callToolAsync, closeServer } = procman;
/** Milliseconds: more than a clock of 64-bit seconds holds, more than the seconds themselves, and about the largest number there is. */
const ENDLESS = [1e19, 1e21, 1e22, 1e300];

test.before(() => procman.configure({ servers: { stand: standIn(), dies: { command: example('hostile_server'), args: ['crash-early'] } } }));
nothingInFlightAfterEach(test);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

for (const timeoutMs of ENDLESS) {
  test.serial(`progress under a timeout of ${timeoutMs} ms is a sign of life: regression of a clock that overflowed`, async (t) => {
    const told = [];
    const onProgress = ({ progress }) => told.push(progress);
    const outcome = await callToolAsync('stand', 'progress', { steps: 2, everyMs: 1 }, { timeoutMs, resetTimeoutOnProgress: true, onProgress });
    t.like(outcome, { success: true, output: '2 steps\n' });
    t.deepEqual(told, [1, 2]);
  });

  test.serial(`a failed start under a timeout of ${timeoutMs} ms is tried again, and the call settles`, async (t) => {
    t.like(await callToolAsync('dies', 'echo', {}, { timeoutMs, maxRetries: 1 }), { success: false, attempts: 2 });
    await closeServer('dies');
  });
}

test.serial('more retries than can be counted are refused, and not none', async (t) => {
  for (const maxRetries of [2 ** 31, 2 ** 32, 2 ** 32 + 1]) {
    const rule = /options\.maxRetries must be at most 2147483647; got/;
    await t.throwsAsync(callToolAsync('stand', 'echo', {}, { maxRetries }), { code: 'ERR_INVALID_ARGUMENT', message: rule });
    t.throws(() => procman.configure({ maxRetries }), { code: 'ERR_INVALID_ARGUMENT', message: rule });
  }
  t.true((await callToolAsync('stand', 'echo', { text: 'often' }, { maxRetries: 2 ** 31 - 1 })).success);
});
