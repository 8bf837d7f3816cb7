'use strict';

const test = require('ava');
const { runNode } = require('./helpers/run-node.js');

const attempt = (before) => `${before}
  const { mcpSemaphore, ProcmanError } = require('.');
  try { mcpSemaphore.getStatus(); console.log('works') }
  catch (e) { console.log(JSON.stringify({ code: e.code, message: e.message, ours: e instanceof ProcmanError })) }`;

const platform = (name, value) => `Object.defineProperty(process, '${name}', { value: '${value}' });`;

async function failure(t, script, env) {
  const { stdout, stderr, code } = await runNode(attempt(script), { env });
  t.is(code, 0, stderr);
  return JSON.parse(stdout);
}

test('the machine of the test itself is supported', async (t) => {
  t.is((await runNode(attempt(''))).stdout, 'works\n');
});

test('another platform can require the package; its first use says what is supported', async (t) => {
  for (const script of [platform('platform', 'darwin'), platform('arch', 's390x')]) {
    const { code, message, ours } = await failure(t, script);
    t.is(code, 'ERR_UNSUPPORTED');
    t.true(ours);
    t.regex(message, /linux-x64/);
  }
});

test('a native part that is missing is named with package and fix', async (t) => {
  const hide = `const M = require('node:module'); const load = M._load;
    M._load = function (id, ...rest) { if (/procman.*(node|gnu|musl)$/.test(id)) throw new Error('no such file ' + id); return load.call(this, id, ...rest) };`;
  const { code, message } = await failure(t, hide);
  t.is(code, 'ERR_NATIVE');
  t.regex(message, new RegExp(`@ops/procman-linux-${process.arch}-gnu`));
  t.regex(message, /npm run build/);
});

test('PROCMAN_NATIVE_PATH overrides, and a bad one is named', async (t) => {
  const { code, message } = await failure(t, '', { PROCMAN_NATIVE_PATH: '/nowhere/procman.node' });
  t.is(code, 'ERR_NATIVE');
  t.regex(message, /PROCMAN_NATIVE_PATH names \/nowhere\/procman\.node/);
});

test('the guard lies beside the addon that was loaded', async (t) => {
  const { stdout, stderr } = await runNode(
    `const { accessSync, constants } = require('node:fs'); const { guardPath } = require('./lib/api/native.js');
     accessSync(guardPath(), constants.X_OK); console.log('executable')`,
  );
  t.is(stdout, 'executable\n', stderr);
});
