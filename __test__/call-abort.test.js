'use strict';
// The end of a call at its caller's wish: what is told of it, and what is left of it when it is told.
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { poolOf } = require('./helpers/pools.js');
const { standIn } = require('./helpers/programs.js');

const { callToolAsync, callToolRaw, getActiveProcesses, getSemaphoreStatus } = procman;

test.before(() => procman.configure({ servers: { stand: standIn() }, maxConcurrent: 8 }));
nothingInFlightAfterEach(test);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

/** Asks until the server answers with what was wanted. */
async function until(tool, wanted) {
  let answer;
  do answer = (await callToolAsync('stand', tool)).output;
  while (answer !== `${wanted}\n`);
}

const count = async (tool) => Number((await callToolAsync('stand', tool)).output);

/** Calls `hold`, aborts when the server has it, and gives back what `ask` gave, with what was left right after that. */
async function abortedInFlight(ask, reason) {
  const controller = new AbortController();
  const held = await count('held');
  const settled = ask({ signal: controller.signal }).finally(() => (left = [getActiveProcesses().length, getSemaphoreStatus().current]));
  let left;
  await until('held', held + 1);
  controller.abort(reason);
  const [outcome] = await Promise.allSettled([settled]);
  return { ...outcome, left };
}

test.serial('an aborted call tells who served it and how long, and is off the lists when it settles', async (t) => {
  const { pid } = await callToolAsync('stand', 'pid');
  const { value, left } = await abortedInFlight((options) => callToolAsync('stand', 'hold', {}, options));
  t.like(value, { success: false, error: 'Aborted', code: 'ERR_ABORTED', output: '', pid, attempts: 1, queuedMs: 0 });
  t.true(value.durationMs > 0);
  t.deepEqual(left, [0, 0]);
});

test.serial('the same by callToolRaw, a lease and a pool, with the reason as cause', async (t) => {
  const reason = new Error('changed my mind');
  const pool = poolOf(t, { server: 'stand' });
  const raw = await abortedInFlight((options) => callToolRaw('stand', 'hold', {}, options), reason);
  t.like(raw.reason, { code: 'ERR_ABORTED', name: 'AbortError', cause: reason });
  t.deepEqual(raw.left, [0, 0]);

  const lease = await pool.getServer();
  for (const server of [lease, pool]) {
    const controller = new AbortController();
    const before = JSON.parse((await lease.callTool('held')).content[0].text);
    const call = server.callTool('hold', {}, { signal: controller.signal });
    while (JSON.parse((await lease.callTool('held')).content[0].text) === before);
    controller.abort(reason);
    t.is((await t.throwsAsync(call, { code: 'ERR_ABORTED' })).cause, reason);
    t.deepEqual(getActiveProcesses(), []);
  }
  lease.release();
});

test.serial('a call that is aborted in the queue tells how long it was there', async (t) => {
  procman.mcpSemaphore.resize(1);
  const permit = await procman.mcpSemaphore.acquire();
  const controller = new AbortController();
  const queued = callToolAsync('stand', 'echo', { text: 'never' }, { signal: controller.signal });
  // A round trip, so that some time has passed.
  await procman.listProcesses({ managed: true });
  controller.abort();
  const outcome = await queued;
  t.like(outcome, { error: 'Aborted', attempts: 0, durationMs: 0, pid: undefined });
  t.true(outcome.queuedMs > 0);
  t.is(getSemaphoreStatus().queued, 0);
  permit.release();
  procman.mcpSemaphore.resize(8);
});

test.serial('progress that arrives after the abort is not told', async (t) => {
  const controller = new AbortController();
  const told = [];
  const onProgress = ({ progress }) => {
    told.push(progress);
    controller.abort();
  };
  const outcome = await callToolAsync('stand', 'progress', { steps: 50, everyMs: 1 }, { signal: controller.signal, onProgress });
  t.is(outcome.code, 'ERR_ABORTED');
  t.deepEqual(told, [1]);
});

const noText = {
  toString() {
    throw new Error('not for you');
  },
};
for (const [name, reason] of [['no prototype', Object.create(null)], ['a symbol', Symbol('x')], ['a text that throws', noText], ['null', null]]) {
  test.serial(`a reason with ${name} aborts as any other, and the server is told`, async (t) => {
    const before = await count('cancellations');
    const { reason: error } = await abortedInFlight((options) => callToolRaw('stand', 'hold', {}, options), reason);
    t.is(error.code, 'ERR_ABORTED');
    t.is(error.cause, reason);
    await until('cancellations', before + 1);
  });
}

test.serial('a listener or handler that throws what has no text costs nobody anything', async (t) => {
  const nothing = () => {
    throw Object.create(null);
  };
  t.is((await callToolAsync('stand', 'progress', { steps: 1, everyMs: 1 }, { onProgress: nothing })).output, '1 steps\n');
  const lease = await poolOf(t, { server: 'stand' }).getServer({ handlers: { 'roots/list': nothing, 'sampling/createMessage': () => Promise.reject(Object.assign(new Error('no'), { data: 1n })) } });
  for (const method of ['roots/list', 'sampling/createMessage']) {
    const { content } = await lease.callTool('ask', { method });
    t.is(JSON.parse(content[0].text).code, -32603);
  }
});
