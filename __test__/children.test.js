'use strict';
// Node's own child processes beside ours: libuv hears of each of its exits, we of each of ours.
const { spawn } = require('node:child_process');
const test = require('ava').default;

const procman = require('..');
const { size } = require('./helpers/size.js');

const COUNT = size(1000, 100);
const AT_ONCE = 20;

test.after.always(() => procman.shutdown({ graceMs: 0 }));

/** Each child leaves with a status of its own, so that a report of another one would be noticed. */
const status = (index) => index % 200;

const plain = (index) =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exit ${status(index)}`], { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });

const ours = async (index) => {
  const unit = await procman.spawn('sh', ['-c', `exit ${status(index)}`], { stdio: 'ignore' });
  const { code, signal, leftovers, survivors } = await unit.exited;
  return leftovers + survivors.length === 0 ? (signal ?? code) : 'something was left';
};

/** Runs `start(index)` for every index, a few at a time. */
async function all(start) {
  const results = new Array(COUNT);
  let next = 0;
  const lane = async () => {
    while (next < COUNT) {
      const index = next++;
      results[index] = await start(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

test(`${COUNT} plain children beside ${COUNT} units: every exit is told, each with its own status`, async (t) => {
  t.timeout(300_000);
  const wanted = Array.from({ length: COUNT }, (_, index) => status(index));
  const [theirs, units] = await Promise.all([all(plain), all(ours)]);
  t.deepEqual(theirs, wanted);
  t.deepEqual(units, wanted);
});
