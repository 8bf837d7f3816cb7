'use strict';
// Limits of calls at the edge of what numbers and clocks can hold.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { example, standIn } = require('./helpers/programs.js');

const { callToolAsync, closeServer } = procman;
/** Milliseconds: more than a clock of 64-bit seconds holds, more than the seconds themselves, and about the largest number there is. */
const ENDLESS = [1e19, 1e21, 1e22, 1e300];

/** Its first try reports progress for two seconds and dies. */
const DIES_LATE = `
  const fs = require('node:fs');
  const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
  const methods = {
    initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }),
    'tools/list': () => ({ tools: [{ name: 'work', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }] }),
    'tools/call': ({ arguments: { mark }, _meta: { progressToken } }) => {
      if (fs.existsSync(mark)) return { content: [{ type: 'text', text: 'second try' }] };
      let progress = 0;
      setInterval(() => {
        progress += 1;
        if (progress <= 20) return say({ method: 'notifications/progress', params: { progressToken, progress } });
        fs.writeFileSync(mark, '');
        process.exit(1);
      }, 100);
    },
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    const result = methods[method]?.(params);
    if (id !== undefined && result !== undefined) say({ id, result });
  }).on('close', () => process.exit());`;

test.before(() => {
  const dies = { command: example('hostile_server'), args: ['crash-early'] };
  procman.configure({ servers: { stand: standIn(), dies, dies_late: { command: process.execPath, args: ['-e', DIES_LATE] } } });
});
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

test.serial('a failed start is told as it is where the total leaves no time for another try', async (t) => {
  const { code } = await callToolAsync('dies', 'echo', {}, { maxRetries: 0 });
  await closeServer('dies');
  t.like(await callToolAsync('dies', 'echo', {}, { timeoutMs: 30_000, maxTotalMs: 700 }), { code, attempts: 1 });
  await closeServer('dies');
});

test.serial('what progress gave a call is there for its second try too', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-limits-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  // Dies when its timeout is nearly over, had it not started anew.
  const outcome = await callToolAsync('dies_late', 'work', { mark: path.join(folder, 'died') }, { timeoutMs: 2500, resetTimeoutOnProgress: true, retry: 'annotated' });
  t.like(outcome, { success: true, output: 'second try\n', attempts: 2 });
});
