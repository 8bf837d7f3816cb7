'use strict';
// Whatever ends the host, nothing of what it started is left.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const test = require('ava').default;

const { cookie, descendants, gone, isAlive } = require('./helpers/kernel.js');
const { copyPackage } = require('./helpers/package-copy.js');
const { runNode } = require('./helpers/run-node.js');

const ENDINGS = ['normal', 'exit', 'uncaught', 'sigterm', 'sigkill', 'abort'];
const NOBODY = 65534;
const here = path.join(__dirname, 'fixtures', 'host.js');
const asRoot = process.getuid() === 0 ? test : test.skip;

/** Starts the host and waits until it says what it started. */
async function startHost(ending, env, { before = [], file = here } = {}) {
  const [command, ...args] = [...before, process.execPath, file, ending];
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  // After 'exit' its last line may still be in the pipe.
  const exited = once(child, 'close');
  const [line] = await Promise.race([
    once(readline.createInterface(child.stdout), 'line'),
    exited.then(([code, signal]) => Promise.reject(new Error(`the host ended with ${code ?? signal} before it was ready`))),
  ]);
  return { child, exited, started: JSON.parse(line) };
}

for (const ending of ENDINGS) {
  test(`nothing is left when the host ends by ${ending}`, async (t) => {
    const { env, survivors } = cookie();
    const { exited, started } = await startHost(ending, env);
    await exited;
    t.true(started.tree.length >= 8, 'guard, two shims, server, and four processes of the tree');
    await gone([...started.tree, ...(await survivors())]);
    t.deepEqual(await survivors(), []);
  });

  asRoot(`nothing is left when the host of an unprivileged user ends by ${ending}`, async (t) => {
    const { folder, owned } = copyPackage(t, { uid: NOBODY });
    const { env, survivors } = cookie();
    const { exited, started } = await startHost(ending, { ...env, PROCMAN_STATE_DIR: owned, HOME: owned }, {
      before: ['setpriv', '--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'],
      file: path.join(folder, '__test__', 'fixtures', 'host.js'),
    });
    t.is(started.uid, NOBODY);
    await exited;
    await gone([...started.tree, ...(await survivors())]);
    t.deepEqual(await survivors(), []);
  });
}

test('the trees live while their host does', async (t) => {
  const { env, survivors } = cookie();
  const { child, started } = await startHost('wait', env);
  const all = await descendants(started.host);
  t.true(all.includes(started.unit) && all.includes(started.mcp), 'a control: without them the tests above would prove nothing');
  child.kill('SIGKILL');
  await gone(all);
  t.deepEqual(await survivors(), []);
});

for (const ending of ['exit', 'uncaught', 'wait']) {
  asRoot(`a host that is PID 1 of a pid namespace and ends by ${ending === 'wait' ? 'SIGKILL from outside' : ending} leaves nothing`, async (t) => {
    const { env, survivors } = cookie();
    const { child, exited, started } = await startHost(ending, env, { before: ['unshare', '-p', '-f', '--mount-proc', '--kill-child'] });
    t.is(started.host, 1);
    const inside = ending === 'wait' ? await descendants(child.pid) : [];
    if (ending === 'wait') {
      t.true(inside.length >= 9);
      process.kill(inside[0], 'SIGKILL');
    }
    await exited;
    await gone([...inside, ...(await survivors())]);
    t.deepEqual(await survivors(), []);
  });
}

test('a worker that is terminated takes its units along; warm servers belong to the process and live', async (t) => {
  const { env, survivors } = cookie();
  const { stdout, stderr, code } = await runNode(
    `const { Worker } = require('node:worker_threads');
     const { once } = require('node:events');
     const procman = require('.');
     const { echoServer, stubbornTree } = require('./__test__/helpers/programs.js');
     procman.configure({ servers: { echo: echoServer() } });
     const body = \`
       const { parentPort } = require('node:worker_threads');
       const procman = require('.');
       const { stubbornTree } = require('./__test__/helpers/programs.js');
       (async () => {
         const { pid } = await procman.callToolAsync('echo', 'pid', {});
         const unit = await procman.spawn(...stubbornTree(), { stdio: ['ignore', 'pipe', 'ignore'] });
         unit.stdout.once('data', () => parentPort.postMessage({ server: pid, unit: unit.pid }));
       })()\`;
     (async () => {
       const kernel = require('./__test__/helpers/kernel.js');
       const worker = new Worker(body, { eval: true });
       const [{ server, unit }] = await once(worker, 'message');
       const before = await kernel.descendants(process.pid);
       const { shim } = await kernel.guardiansOf(unit);
       const its = [shim, ...(await kernel.descendants(shim))];
       await worker.terminate();
       await kernel.gone(its);
       const after = await procman.callToolAsync('echo', 'pid', {});
       console.log(JSON.stringify({ its: its.length, warm: after.pid === server, known: before.includes(server) }));
     })();`,
    { env, timeout: 60_000 },
  );
  t.is(code, 0, stderr);
  const { its, warm, known } = JSON.parse(stdout);
  t.true(its >= 4);
  t.true(warm && known);
  await gone(await survivors());
  t.false(await isAlive(-1), 'a control of the reader: there is no such process');
});
