'use strict';
// Workers that end in the middle of everything: what they made goes with them, what belongs to the process stays.
const test = require('ava').default;

const { cookie, gone } = require('./helpers/kernel.js');
const { runNode } = require('./helpers/run-node.js');
const { size } = require('./helpers/size.js');

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
       const [{ length: before }, files] = [await kernel.descendants(process.pid), []];
       for (let round = 0; round < ${ROUNDS}; round += 1) {
         const thread = new Worker(${JSON.stringify(worker)}, { eval: true });
         const [made] = await once(thread, 'message');
         if (made.server !== pid) throw new Error('another server');
         await thread.terminate();
         await kernel.gone([made.unit]);
         files.push(openFiles());
       }
       const after = await procman.callToolAsync('echo', 'pid');
       const { current, queued } = procman.getSemaphoreStatus();
       const active = procman.getActiveProcesses().length;
       let now;
       do now = (await kernel.descendants(process.pid)).length; while (now !== before);
       console.log(JSON.stringify({ same: after.pid === pid, current, queued, active, grown: files.at(-1) - files[1] }));
     })();`,
    { env, timeout: 200_000 },
  );
  t.is(code, 0, stderr);
  const { grown, ...rest } = JSON.parse(stdout);
  t.deepEqual(rest, { same: true, current: 0, queued: 0, active: 0 });
  t.true(grown < 20, `${grown} descriptors more than after the second round`);
  await gone(await survivors());
});
