'use strict';
// Whatever ends the host, nothing of what it started is left.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const test = require('ava').default;

const { cookie, descendants, gone } = require('./helpers/kernel.js');

const fixture = path.join(__dirname, 'fixtures', 'host.js');

/** Starts the host and waits until it says what it started. */
async function startHost(ending, env) {
  const child = spawn(process.execPath, [fixture, ending], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(readline.createInterface(child.stdout), 'line');
  return { child, started: JSON.parse(line) };
}

for (const ending of ['normal', 'exit', 'uncaught', 'sigterm', 'sigkill', 'abort']) {
  test(`nothing is left when the host ends by ${ending}`, async (t) => {
    const { env, survivors } = cookie();
    const { child } = await startHost(ending, env);
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    await exited;
    await gone(await survivors());
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
