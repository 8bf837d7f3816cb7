'use strict';

const test = require('ava');
const { runNode } = require('./helpers/run-node.js');

/** Runs `main` with a `worker(body)` that starts a thread and `next(worker)` that resolves with its next message. */
const withWorkers = (main) => `
  const { Worker } = require('node:worker_threads');
  const { once } = require('node:events');
  const { mcpSemaphore } = require('.');
  const prelude = "const { parentPort } = require('node:worker_threads'); const { mcpSemaphore, Semaphore } = require('.');";
  const worker = (body) => new Worker(prelude + body, { eval: true });
  const next = async (thread) => (await once(thread, 'message'))[0];
  (async () => { ${main} })().catch((error) => { console.error(error); process.exitCode = 1; });`;

test('the addon is loaded and terminated fifty times, with work pending, and the process ends by itself', async (t) => {
  const body = `"const s = new Semaphore(1); s.acquire().then(() => s.acquire()); mcpSemaphore.acquire().then(() => " +
    "{ mcpSemaphore.acquire(); mcpSemaphore.acquire(); mcpSemaphore.acquire(); parentPort.postMessage('busy'); setInterval(() => {}, 1e6) })"`;
  const { stdout, stderr, code, signal } = await runNode(
    withWorkers(`
      for (let i = 0; i < 50; i += 1) {
        const thread = worker(${body});
        await next(thread);
        await thread.terminate();
      }
      console.log(JSON.stringify(mcpSemaphore.getStatus()));`),
    { timeout: 60_000 },
  );
  t.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  t.deepEqual(JSON.parse(stdout), { maxConcurrent: 3, current: 0, queued: 0, available: 3 });
});

test('a permit held by a terminated worker goes to the waiter of another thread', async (t) => {
  const { stdout, stderr } = await runNode(
    withWorkers(`
      mcpSemaphore.resize(1);
      const thread = worker("mcpSemaphore.acquire().then(() => { parentPort.postMessage('holds'); setInterval(() => {}, 1e6) })");
      await next(thread);
      const waiting = mcpSemaphore.acquire();
      console.log(mcpSemaphore.getStatus().queued);
      const alive = setInterval(() => {}, 1e6);
      await thread.terminate();
      const permit = await waiting;
      clearInterval(alive);
      console.log(mcpSemaphore.getStatus().current);
      permit.release();`),
  );
  t.is(stdout, '1\n1\n', stderr);
});

test('threads stand in one queue, first come first served', async (t) => {
  const body = `parentPort.on('message', async ({ place, slots, index }) => {
    const waiting = mcpSemaphore.acquire();
    parentPort.postMessage('queued');
    const permit = await waiting;
    slots[Atomics.add(place, 0, 1)] = index;
    permit.release();
    parentPort.postMessage('done');
  });`;
  const { stdout, stderr } = await runNode(
    withWorkers(`
      mcpSemaphore.resize(1);
      const first = await mcpSemaphore.acquire();
      const place = new Int32Array(new SharedArrayBuffer(4));
      const slots = new Int32Array(new SharedArrayBuffer(4 * 9));
      const threads = [0, 1, 2].map(() => worker(${JSON.stringify(body)}));
      for (let round = 0; round < 3; round += 1) {
        for (const [index, thread] of threads.entries()) {
          const queued = next(thread);
          thread.postMessage({ place, slots, index });
          await queued;
        }
      }
      const done = threads.map((thread) => new Promise((resolve) => {
        let open = 3;
        thread.on('message', () => (open -= 1) || resolve());
      }));
      first.release();
      await Promise.all(done);
      console.log([...slots].join(' '), mcpSemaphore.getStatus().current);
      await Promise.all(threads.map((thread) => thread.terminate()));`),
  );
  t.is(stdout, '0 1 2 0 1 2 0 1 2 0\n', stderr);
});

test('who takes slots without a native call shares them with those who wait on other threads', async (t) => {
  const rounds = 5000;
  const loop = `async (out, rounds) => {
    let most = 0;
    for (let round = 0; round < rounds; round += 1) {
      const permit = mcpSemaphore.tryAcquire() ?? (await mcpSemaphore.acquire());
      most = Math.max(most, Atomics.add(out, 0, 1) + 1);
      if (round % 7 === 0) await undefined;
      Atomics.sub(out, 0, 1);
      permit.release();
    }
    return most;
  }`;
  const body = `parentPort.on('message', async ({ out, rounds }) => parentPort.postMessage(await (${loop})(out, rounds)))`;
  const { stdout, stderr } = await runNode(
    withWorkers(`
      const { native } = require('./lib/api/native.js');
      mcpSemaphore.resize(2);
      // Lent once, to the thread that asked first: this one.
      console.log(native().toolSlotGate());
      const out = new Int32Array(new SharedArrayBuffer(4));
      const threads = [0, 1, 2].map(() => worker(${JSON.stringify(body)}));
      const most = threads.map((thread) => {
        const told = next(thread);
        thread.postMessage({ out, rounds: ${rounds} });
        return told;
      });
      most.push((${loop})(out, ${rounds}));
      const found = await Promise.all(most);
      console.log(Math.max(...found) <= 2, JSON.stringify(mcpSemaphore.getStatus()));
      await Promise.all(threads.map((thread) => thread.terminate()));`),
    { timeout: 60_000 },
  );
  t.is(stdout, 'null\ntrue {"maxConcurrent":2,"current":0,"queued":0,"available":2}\n', stderr);
});

test('a semaphore of a worker is its own', async (t) => {
  const { stdout, stderr } = await runNode(
    withWorkers(`
      const { Semaphore } = require('.');
      const mine = new Semaphore(1);
      const permit = await mine.acquire();
      const thread = worker("parentPort.postMessage(new Semaphore(1).tryAcquire() !== null)");
      console.log(await next(thread));
      permit.release();`),
  );
  t.is(stdout, 'true\n', stderr);
});

const REOPENING = `
  const { callToolAsync, configure, shutdown } = require('.');
  const { echoServer } = require('./__test__/helpers/programs.js');
  const attempt = (options) => { try { configure(options); return 'open'; } catch ({ code, message, details }) { return [code, details.option, message]; } };
  (async () => {
    const told = {};
    told.early = attempt({});
    told.before = (await callToolAsync('echo', 'pid')).success;
    await shutdown();
    told.closed = (await callToolAsync('echo', 'pid')).code;
    told.other = [{ timeoutMs: 5 }, { servers: {} }, { maxConcurrent: 9 }].map(attempt);
    told.still = (await callToolAsync('echo', 'pid')).code;
    told.same = attempt({ maxConcurrent: 3, timeoutMs: 20000, queueTimeout: 60000, servers: { echo: echoServer() } });
    told.pid = (await callToolAsync('echo', 'pid')).pid;
    await shutdown();
    told.empty = attempt({});
    told.again = (await callToolAsync('echo', 'pid')).pid;
    parentPort.postMessage(told);
  })();`;

test('a worker opens again after its own shutdown, on the settings that the other threads run on', async (t) => {
  const { stdout, stderr } = await runNode(
    withWorkers(`
      const { callToolAsync, configure } = require('.');
      const { echoServer } = require('./__test__/helpers/programs.js');
      configure({ servers: { echo: echoServer() }, timeoutMs: 20_000 });
      const { pid } = await callToolAsync('echo', 'pid');
      const told = await next(worker(${JSON.stringify(REOPENING)}));
      console.log(JSON.stringify({ pid, after: (await callToolAsync('echo', 'pid')).pid, told }));
      await require('.').shutdown();`),
  );
  const { pid, after, told } = JSON.parse(stdout || stderr);
  t.is(after, pid, 'the main thread goes on');
  t.like(told, { before: true, closed: 'ERR_CLOSED', still: 'ERR_CLOSED', same: 'open', pid, empty: 'open', again: pid });
  t.is(told.early[0], 'ERR_CONFIG', 'a thread that is open keeps to the rule');
  t.deepEqual(told.other.map(([code, option]) => [code, option]), [['ERR_CONFIG', 'timeoutMs'], ['ERR_CONFIG', 'servers'], ['ERR_CONFIG', 'maxConcurrent']]);
  t.regex(told.other[0][2], /leave it out to open this thread again/);
});
