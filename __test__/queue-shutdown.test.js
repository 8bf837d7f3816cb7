'use strict';
// What waits in the queue of mcpSemaphore when the thread is shut down: its calls end, permits that somebody asked for himself do not.
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const { callToolAsync, callToolRaw, getSemaphoreStatus, mcpSemaphore } = procman;
const open = () => procman.configure({ servers: { stand: standIn() }, maxConcurrent: 1 });

test.before(open);
nothingInFlightAfterEach(test);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

test.serial('a call that waits behind a permit of its host ends with the shutdown, and does not run under the next configuration', async (t) => {
  const permit = await mcpSemaphore.acquire();
  const queued = callToolAsync('stand', 'pid');
  const raw = t.throwsAsync(callToolRaw('stand', 'pid'), { code: 'ERR_CLOSED' });
  const own = mcpSemaphore.acquire();
  t.is(getSemaphoreStatus().queued, 3);
  await procman.shutdown({ graceMs: 0 });
  t.like(await queued, { success: false, code: 'ERR_CLOSED', attempts: 0 });
  t.true((await queued).queuedMs > 0);
  await raw;
  t.is(getSemaphoreStatus().queued, 1, 'who asked for a permit still waits for it');

  open();
  permit.release();
  (await own).release();
  t.true((await callToolAsync('stand', 'pid')).success);
});

/** Another thread holds the only slot, and gives it back while this one looks away. */
const OTHER_THREAD = `
  const { parentPort, workerData: words } = require('node:worker_threads');
  require('.').mcpSemaphore.acquire().then((permit) => {
    parentPort.postMessage('holds');
    Atomics.wait(words, 0, 0);
    permit.release();
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
  });`;

test.serial('a slot that is on its way to such a call goes back', async (t) => {
  const { stdout, stderr } = await runNode(`
    const { Worker } = require('node:worker_threads');
    const { once } = require('node:events');
    const procman = require('.');
    procman.configure({ servers: { stand: { command: 'never-started' } }, maxConcurrent: 1 });
    (async () => {
      const words = new Int32Array(new SharedArrayBuffer(8));
      const thread = new Worker(${JSON.stringify(OTHER_THREAD)}, { eval: true, workerData: words });
      procman.getSemaphoreStatus();
      await once(thread, 'message');
      const queued = procman.callToolAsync('stand', 'never');
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
      Atomics.wait(words, 1, 0);
      const closing = procman.shutdown();
      const { code } = await queued;
      await closing;
      await new Promise((resolve) => thread.on('exit', resolve));
      console.log(code, procman.getSemaphoreStatus().current);
    })();`);
  t.is(stdout, 'ERR_CLOSED 0\n', stderr);
});
