'use strict';
// Workers that end in the middle of everything: what they made goes with them, what belongs to the process stays.
const test = require('ava').default;

const { cookie, gone } = require('./helpers/kernel.js');
const { runNode } = require('./helpers/run-node.js');
const { size, soak } = require('./helpers/size.js');

const ROUNDS = size(50, 8);

const worker = `
  const { parentPort } = require('node:worker_threads');
  const procman = require('.');
  (async () => {
    const { pid } = await procman.callToolAsync('echo', 'pid');
    procman.callToolAsync('echo', 'sleep', { ms: 600000 });
    const unit = await procman.spawn('sleep', ['1000'], { stdio: 'pipe' });
    for (let index = 0; index < 5; index += 1) procman.spawn('sleep', ['1000'], { stdio: 'pipe' });
    procman.callToolAsync('echo', 'sleep', { ms: 600000 });
    parentPort.postMessage({ server: pid, unit: unit.pid });
  })();`;

test(`a worker with calls in flight and units half started is terminated ${ROUNDS} times`, async (t) => {
  t.timeout(300_000);
  const { env, survivors } = cookie();
  const { stdout, stderr, code } = await runNode(
    `const { Worker } = require('node:worker_threads');
     const { once } = require('node:events');
     const procman = require('.');
     const { echoServer } = require('./__test__/helpers/programs.js');
     const kernel = require('./__test__/helpers/kernel.js');
     procman.configure({ servers: { echo: echoServer() }, maxConcurrent: 3 });
     const openFiles = () => require('node:fs').readdirSync('/proc/self/fd').length;
     (async () => {
       const { pid } = await procman.callToolAsync('echo', 'pid');
       const before = (await kernel.descendants(process.pid)).length;
       const files = [];
       for (let round = 0; round < ${ROUNDS}; round += 1) {
         const thread = new Worker(${JSON.stringify(worker)}, { eval: true });
         const [made] = await once(thread, 'message');
         if (made.server !== pid) throw new Error('another server');
         await thread.terminate();
         await kernel.gone([made.unit]);
         while ((await kernel.descendants(process.pid)).length > before) {}
         files.push(openFiles());
       }
       const after = await procman.callToolAsync('echo', 'pid');
       const { current, queued } = procman.getSemaphoreStatus();
       const active = procman.getActiveProcesses().length;
       // A stream may close a moment after its unit, so the least of each half counts.
       const least = (from, to) => Math.min(...files.slice(from, to));
       const grown = least(${ROUNDS / 2}) - least(0, ${ROUNDS / 2});
       console.log(JSON.stringify({ same: after.pid === pid, current, queued, active, grown }));
     })();`,
    { env, timeout: 200_000 },
  );
  t.is(code, 0, stderr);
  const { grown, ...rest } = JSON.parse(stdout);
  t.deepEqual(rest, { same: true, current: 0, queued: 0, active: 0 });
  // A few rounds say nothing: how many streams of the last one are still closing varies by more.
  if (soak) t.true(grown < ROUNDS / 2, `${grown} descriptors more in the second half: a leak of one a round or worse`);
  await gone(await survivors());
});
