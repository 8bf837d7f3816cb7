'use strict';
// What only a real process shows: signals, pipes that fill or close, the exit status that the shell sees.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const test = require('ava').default;
const { version } = require('../package.json');

const fixture = path.join(__dirname, 'fixtures', 'cli-process.js');
const binary = path.join(__dirname, '..', 'bin', 'procman.js');

/** Starts a script; ends it with the test whatever happens. */
function start(t, args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  return { child, stdout: collect(child.stdout), stderr: collect(child.stderr), ended: once(child, 'close') };
}

/** All that came until the stream ended or was closed. */
async function collect(stream) {
  let text = '';
  stream.on('data', (chunk) => (text += chunk));
  await once(stream, 'close');
  return text;
}

test('the script in bin/ answers', async (t) => {
  const { stdout, ended } = start(t, [binary, '--version']);
  t.deepEqual(await ended, [0, null]);
  t.is(await stdout, `${version}\n`);
});

test('a usage error reaches the shell as status 2', async (t) => {
  const { stderr, ended } = start(t, [binary, 'call', 'server']);
  t.deepEqual(await ended, [2, null]);
  t.regex(await stderr, /server\.tool/);
});

test('a large answer is complete when the process ends, also for a slow reader', async (t) => {
  const { stdout, ended } = start(t, [fixture, 'large', 'call', 's.t']);
  t.is((await stdout).length, 4 << 20);
  t.deepEqual(await ended, [0, null]);
});

test('a reader that closes the pipe ends the process without a stack trace', async (t) => {
  const { child, stderr, ended } = start(t, [fixture, 'large', 'call', 's.t']);
  child.stdout.destroy();
  t.deepEqual(await ended, [141, null]);
  t.is(await stderr, '');
});

for (const [scenario, words] of [['waiting', ['call', 's.t']], ['running', ['run', 'cmd']]]) {
  for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    test(`${words[0]}: ${signal} is handled and ends with ${status}`, async (t) => {
      const { child, ended } = start(t, [fixture, scenario, ...words]);
      await once(child.stderr, 'readable');
      child.kill(signal);
      t.deepEqual(await ended, [status, null]);
    });
  }
}
