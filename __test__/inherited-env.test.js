// What a unit inherits of `process.env`, which is read again only when it has changed.
const test = require('ava').default;
const { Worker, SHARE_ENV } = require('node:worker_threads');
const { once } = require('node:events');
const { spawn } = require('..');
const { inherited } = require('../lib/api/inherited-env.js');

const NAME = 'PROCMAN_TEST_INHERITED';

test.afterEach.always(() => delete process.env[NAME]);

async function heard(options) {
  const unit = await spawn('/bin/sh', ['-c', `printf %s "$${NAME}"`], { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  let text = '';
  for await (const chunk of unit.stdout) text += chunk;
  await unit.exited;
  return text;
}

test.serial('what is set, changed or deleted between two starts is what the next one inherits', async (t) => {
  t.is(await heard(), '');
  for (const value of ['one', 'two', 'one', '', 'three']) {
    process.env[NAME] = value;
    t.is(await heard(), value);
    t.is(await heard(), value, 'a second time');
  }
  delete process.env[NAME];
  t.is(await heard(), '');
});

test.serial('it is read once while nothing changes, and again after a change (control)', (t) => {
  const before = inherited();
  t.is(inherited(), before);
  process.env[NAME] = 'x';
  const after = inherited();
  t.not(after, before);
  t.true(after.text.includes(`\0${NAME}=x`));
  t.is(inherited(), after);
});

test.serial('what a worker sets in a shared environment is inherited', async (t) => {
  t.is(await heard(), '');
  const worker = new Worker(`process.env.${NAME} = 'of the worker'`, { eval: true, env: SHARE_ENV });
  await once(worker, 'exit');
  t.is(await heard(), 'of the worker');
});

test.serial('a replaced process.env, as test runners make it, is read each time', async (t) => {
  const real = process.env;
  t.teardown(() => (process.env = real));
  process.env = { ...real, [NAME]: 'replaced' };
  t.is(await heard(), 'replaced');
  process.env[NAME] = 'changed';
  t.is(await heard(), 'changed');
  t.deepEqual(Object.keys(process.env).sort(), [...Object.keys(real), NAME].sort(), 'the probe left nothing');
  process.env = new Proxy(real, { get: (env, key) => (key === 'HOME' ? '/of/the/proxy' : env[key]) });
  t.true(inherited().text.includes('\0HOME=/of/the/proxy'));
  process.env = real;
  t.is(await heard(), '');
});
