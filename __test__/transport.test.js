'use strict';
// The SDK's stdio transport and ours, asked the same. The first block is the SDK's own client tests for stdio (test/client/stdio.test.ts and
// cross-spawn.test.ts of v1, stdio.test.ts and stdioEnvPins.test.ts of v2), brought to ava; what they look up in a mock of spawn is looked
// up in the process here. The others are what those leave out.
const path = require('node:path');
const { text } = require('node:stream/consumers');
const test = require('ava').default;
const sdk = require('@modelcontextprotocol/sdk/client/stdio.js');

const procman = require('..');
const { TRANSPORTS, recorder, script } = require('./helpers/transports.js');

test.after.always(() => procman.shutdown({ graceMs: 0 }));

const TEE = { command: '/usr/bin/tee' };
const MESSAGES = [
  { jsonrpc: '2.0', id: 1, method: 'ping' },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
];

/** A test for each transport. */
function both(title, implementation) {
  for (const [name, Transport] of Object.entries(TRANSPORTS)) test(`${title} (${name})`, implementation, Transport);
}

async function started(t, Transport, parameters) {
  const transport = new Transport(parameters);
  const told = recorder(t, transport);
  await transport.start();
  return { transport, told };
}

// ── the SDK's own tests ─────────────────────────────────────────────────────

both('should start then close cleanly', async (t, Transport) => {
  const { transport, told } = await started(t, Transport, TEE);
  t.is(told.closes, 0);
  await transport.close();
  t.like(told, { closes: 1, errors: [] });
});

both('should read messages', async (t, Transport) => {
  const { transport, told } = await started(t, Transport, TEE);
  for (const message of MESSAGES) await transport.send(message);
  await told.until(({ messages }) => messages.length === 2);
  t.deepEqual(told.messages, MESSAGES);
  t.deepEqual(told.errors, []);
});

both('should return child process pid', async (t, Transport) => {
  const { transport } = await started(t, Transport, TEE);
  t.true(Number.isInteger(transport.pid));
  await transport.close();
  t.is(transport.pid, null);
});

for (const [title, count, maxBufferSize] of [['should respect custom maxBufferSize option', 200, 100], ['should fire onerror and close when ReadBuffer overflows', 11 * 2 ** 20]]) {
  both(title, async (t, Transport) => {
    const { told } = await started(t, Transport, { ...script('flood', `${count}`), maxBufferSize });
    await told.until(({ closes }) => closes === 1);
    t.regex(told.errors[0].message, /ReadBuffer exceeded maximum size/);
  });
}

both('should pass command, arguments and directory as they are, without a shell', async (t, Transport) => {
  const server = script('report', 'a b', '$HOME', '*', '; true', '');
  const { told } = await started(t, Transport, { ...server, cwd: path.join(__dirname, 'fixtures') });
  await told.until(({ messages }) => messages.length === 1);
  const { args, cwd } = told.messages[0].params;
  t.deepEqual({ args, cwd }, { args: server.args.slice(2), cwd: path.join(__dirname, 'fixtures') });
});

for (const [title, env] of [['should pass environment variables over the default ones', { TEST_VAR: 'test-value', TERM: 'dumb' }], ['should use the default environment when env is undefined', undefined]]) {
  both(title, async (t, Transport) => {
    const { told } = await started(t, Transport, { ...script('report'), env });
    await told.until(({ messages }) => messages.length === 1);
    t.deepEqual(without(told.messages[0].params.env, /^PROCMAN_/), { ...sdk.getDefaultEnvironment(), ...env });
  });
}

/** The guard's cookie names the unit in its processes' environment. */
const without = (env, names) => Object.fromEntries(Object.entries(env).filter(([key]) => !names.test(key)));

test('the safelist of the environment is the SDK\'s', (t) => {
  t.deepEqual([...procman.DEFAULT_INHERITED_ENV_VARS], [...sdk.DEFAULT_INHERITED_ENV_VARS]);
});

test.serial('getDefaultEnvironment takes what is set of the safelist, and no shell functions', (t) => {
  const before = { ...process.env };
  t.teardown(() => {
    for (const key of Object.keys(process.env)) delete process.env[key];
    Object.assign(process.env, before);
  });
  for (const key of sdk.DEFAULT_INHERITED_ENV_VARS) process.env[key] = `safe-${key}`;
  process.env.STDIO_PIN_SECRET = 'must-not-be-inherited';
  delete process.env.TERM;
  process.env.USER = '() { echo pwned; }';
  t.deepEqual(procman.getDefaultEnvironment(), sdk.getDefaultEnvironment());
  t.deepEqual(Object.keys(procman.getDefaultEnvironment()).sort(), ['HOME', 'LOGNAME', 'PATH', 'SHELL']);
});

// ── what the SDK promises beside them ───────────────────────────────────────

both('stderr is there before the start, and has what was said first', async (t, Transport) => {
  const transport = new Transport({ ...script('polite'), stderr: 'pipe' });
  const said = text(transport.stderr);
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ messages }) => messages.length === 1);
  await transport.close();
  t.is(await said, 'early\neof\n', 'it left at the end of stdin; nobody sent SIGTERM');
});

both('stderr that is not piped is null', async (t, Transport) => {
  const { transport } = await started(t, Transport, { ...TEE, stderr: 'ignore' });
  t.is(transport.stderr, null);
  t.is(transport.sessionId, undefined);
});

both('a server that hears neither the end of stdin nor SIGTERM is killed', async (t, Transport) => {
  const transport = new Transport({ ...script('stubborn'), stderr: 'pipe' });
  const said = text(transport.stderr);
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ messages }) => messages.length === 1);
  await transport.close();
  await told.until(({ closes }) => closes === 1);
  t.is(await said, 'ignored\n');
});

both('a command that does not exist: start rejects, onerror and onclose say so', async (t, Transport) => {
  const transport = new Transport({ command: '/no/such/command' });
  const told = recorder(t, transport);
  const error = await t.throwsAsync(transport.start());
  t.regex(error.message, /ENOENT/);
  await told.until(({ closes }) => closes === 1);
  t.deepEqual(told.errors, [error]);
  t.is(transport.pid, null);
});

both('a second start is refused, and the server lives on', async (t, Transport) => {
  const { transport, told } = await started(t, Transport, TEE);
  const { pid } = transport;
  await t.throwsAsync(transport.start(), { message: /StdioClientTransport already started/ });
  await transport.send(MESSAGES[0]);
  await told.until(({ messages }) => messages.length === 1);
  t.is(transport.pid, pid);
});

both('nothing is sent before the start and after the close', async (t, Transport) => {
  const transport = new Transport(TEE);
  recorder(t, transport);
  await t.throwsAsync(transport.send(MESSAGES[0]), { message: /Not connected/ });
  await transport.close();
  await transport.start();
  await transport.close();
  await t.throwsAsync(transport.send(MESSAGES[0]), { message: /Not connected/ });
  await transport.close();
});

both('it starts again after it was closed', async (t, Transport) => {
  const { transport, told } = await started(t, Transport, TEE);
  const { pid } = transport;
  await transport.close();
  await transport.start();
  t.not(transport.pid, pid);
  await transport.send(MESSAGES[1]);
  await told.until(({ messages }) => messages.length === 1);
});

both('a server that leaves by itself: its last words, then one onclose', async (t, Transport) => {
  const { transport, told } = await started(t, Transport, script('last-words'));
  await told.until(({ closes }) => closes === 1);
  t.deepEqual(told.messages.map(({ params }) => params.word), ['bye']);
  t.is(transport.pid, null);
  await transport.close();
  t.is(told.closes, 1);
});

both('an onmessage that throws is an onerror, and the next message comes', async (t, Transport) => {
  const { transport, told } = await started(t, Transport, TEE);
  const { onmessage } = transport;
  transport.onmessage = (message) => {
    onmessage(message);
    if (message.id === 1) throw new Error('on purpose');
  };
  for (const message of MESSAGES) await transport.send(message);
  await told.until(({ messages }) => messages.length === 2);
  t.deepEqual(told.errors.map(({ message }) => message), ['on purpose']);
});
