'use strict';
// The snippets of the original's README run as they stand there, with our modules and with files that re-export ours in one line.
const fs = require('node:fs');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { standIn } = require('./helpers/programs.js');

const folder = path.join(__dirname, 'fixtures', 'seed-004');
const snippet = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
const AsyncFunction = (async () => {}).constructor;

/** Runs a snippet with these names in scope; resolves with what it logged. */
async function run(code, scope) {
  const logged = [];
  const console = { log: (...values) => logged.push(...values) };
  await new AsyncFunction('console', ...Object.keys(scope), code)(console, ...Object.values(scope));
  return logged;
}

test.before(() => procman.configure({ servers: { 'asana-v2': standIn() } }));
test.after.always(() => procman.shutdown({ graceMs: 0 }));

const modules = {
  'the package itself': { Semaphore: procman.Semaphore, helper: procman },
  'one-line re-exports in utils/semaphore and scripts/mcp-helper': {
    Semaphore: require('./fixtures/seed-004/utils/semaphore'),
    helper: require('./fixtures/seed-004/scripts/mcp-helper'),
  },
};

for (const [from, { Semaphore, helper }] of Object.entries(modules)) {
  test.serial(`the semaphore's snippet runs with ${from}`, async (t) => {
    t.deepEqual(await run(snippet('semaphore.txt'), { Semaphore }), [{ maxConcurrent: 3, current: 0, queued: 0, available: 3 }]);
  });

  test.serial(`the snippet of calls and status runs with ${from}`, async (t) => {
    const { callToolAsync, getSemaphoreStatus, getActiveProcesses } = helper;
    const [status, active] = await run(snippet('calls.txt'), { callToolAsync, getSemaphoreStatus, getActiveProcesses });
    t.deepEqual(status, { maxConcurrent: 3, current: 0, queued: 0, available: 3 });
    t.deepEqual(active, []);
  });

  test.serial(`calls show in the status as the README has it, with ${from}`, async (t) => {
    const calls = Array.from({ length: 5 }, () => helper.callToolAsync('asana-v2', 'list_workspaces', {}));
    t.deepEqual(helper.getSemaphoreStatus(), { maxConcurrent: 3, current: 3, queued: 2, available: 0 });
    const active = helper.getActiveProcesses();
    t.is(active.length, 3);
    for (const entry of active) {
      t.like(entry, { server: 'asana-v2', tool: 'list_workspaces' });
      t.is(typeof entry.duration, 'number');
      t.is(typeof entry.startTime, 'number');
      t.true('pid' in entry);
    }
    for (const outcome of await Promise.all(calls)) {
      t.true(outcome.success, outcome.error);
      t.deepEqual(JSON.parse(outcome.output), [{ gid: '1', name: 'Ad Ops' }]);
    }
  });

  test.serial(`the blocking call of ${from} has the same shape`, (t) => {
    const { success, output } = helper.callTool('asana-v2', 'list_workspaces', {});
    t.true(success);
    t.deepEqual(JSON.parse(output), [{ gid: '1', name: 'Ad Ops' }]);
  });
}

test('ten tasks through a semaphore of three: never more than three at once', async (t) => {
  const semaphore = new modules['one-line re-exports in utils/semaphore and scripts/mcp-helper'].Semaphore(3);
  let [running, most] = [0, 0];
  const task = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => semaphore.use(task)));
  t.is(most, 3);
});
