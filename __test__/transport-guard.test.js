'use strict';
// What our transport adds to the SDK's: the whole tree of a server ends, and no send is left hanging. The SDK's is the negative control.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const readline = require('node:readline');
const test = require('ava').default;

const procman = require('..');
const { cookie, gone, isAlive } = require('./helpers/kernel.js');
const { runNode } = require('./helpers/run-node.js');
const { TRANSPORTS, recorder, script } = require('./helpers/transports.js');

test.after.always(() => procman.shutdown({ graceMs: 0 }));

const { StdioTransport } = procman;
const { 'the SDK': TheirTransport } = TRANSPORTS;
const host = path.join(__dirname, 'fixtures', 'transport-host.js');
const MEGABYTE = { jsonrpc: '2.0', method: 'big', params: { text: 'x'.repeat(2 ** 20) } };

/** A host whose SDK client is connected to a server behind npx, and that is killed then. */
async function killedHost(transport, env) {
  const child = spawn(process.execPath, [host, transport], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(readline.createInterface(child.stdout), 'line');
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  return JSON.parse(line);
}

test('a host that is killed leaves nothing of a server behind npx', async (t) => {
  const { env, survivors } = cookie();
  const { tree } = await killedHost('procman', env);
  t.true(tree.length >= 4, 'guard, shim, npx and the server at least');
  await gone(tree);
  t.deepEqual(await survivors(), []);
});

test('the control: with the SDK\'s transport the server lives on', async (t) => {
  const { env, survivors } = cookie();
  const { server } = await killedHost('sdk', env);
  t.true(await isAlive(server));
  for (const pid of await survivors()) process.kill(pid, 'SIGKILL');
  await gone([server]);
});

test('close() takes along what holds the pipes of a server that has left', async (t) => {
  const transport = new StdioTransport(script('holder'));
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ messages }) => messages.length === 1);
  const { pid } = told.messages[0].params;
  await transport.close();
  t.is(told.closes, 1);
  t.false(await isAlive(pid));
});

test('the control: the SDK\'s close() leaves it, and its onclose never comes', async (t) => {
  const transport = new TheirTransport(script('holder'));
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ messages }) => messages.length === 1);
  const { pid } = told.messages[0].params;
  await transport.close();
  t.is(told.closes, 0);
  t.true(await isAlive(pid));
  process.kill(pid, 'SIGKILL');
  await told.until(({ closes }) => closes === 1);
});

test('sends to a server that does not read wait, and are refused when it dies', async (t) => {
  const warnings = [];
  process.on('warning', (warning) => warnings.push(warning.name));
  const transport = new StdioTransport(script('deaf'));
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ messages }) => messages.length === 1);
  const sends = Array.from({ length: 20 }, () => transport.send(MEGABYTE));
  process.kill(transport.pid, 'SIGKILL');
  for (const send of sends) await t.throwsAsync(send, { code: 'ERR_CLOSED', message: /^Not connected/ });
  await told.until(({ closes }) => closes === 1);
  t.deepEqual(warnings, []);
});

test('close() during the start ends what was started', async (t) => {
  const { env, survivors } = cookie();
  const transport = new StdioTransport({ ...script('polite'), env, stderr: 'ignore' });
  const told = recorder(t, transport);
  const start = transport.start();
  const closes = [transport.close(), transport.close()];
  await start;
  await Promise.all(closes);
  t.is(told.closes, 1);
  t.deepEqual(await survivors(), []);
});

test('a message that is sent during the start arrives', async (t) => {
  const transport = new StdioTransport({ command: 'cat' });
  const told = recorder(t, transport);
  await Promise.all([transport.start(), transport.send({ jsonrpc: '2.0', id: 1, method: 'first' }), transport.send({ jsonrpc: '2.0', id: 2, method: 'second' })]);
  await told.until(({ messages }) => messages.length === 2);
  t.deepEqual(told.messages.map(({ id }) => id), [1, 2]);
});

test('shutdown() ends a transport, and a start after it is refused', async (t) => {
  const { signal, stdout } = await runNode(
    `const { StdioTransport, shutdown } = require('.');
     const transport = new StdioTransport({ command: 'cat' });
     transport.onclose = () => console.log('closed');
     transport.start().then(shutdown).then(() => transport.close()).then(() => transport.start()).catch((error) => console.log(error.code));`,
  );
  t.is(signal, null);
  t.is(stdout, 'closed\nclosed\nERR_CLOSED\n', 'of the run, and of the start that failed, as the SDK\'s does');
});

test('stderr goes to a descriptor or a stream', async (t) => {
  const { PassThrough } = require('node:stream');
  const { text } = require('node:stream/consumers');
  const sink = new PassThrough();
  const said = text(sink);
  const transport = new StdioTransport({ ...script('polite'), stderr: sink });
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ messages }) => messages.length === 1);
  await transport.close();
  sink.end();
  t.is(await said, 'early\neof\n');
  for (const stderr of ['ipc', {}, -1, true]) t.throws(() => new StdioTransport({ command: 'x', stderr }), { code: 'ERR_INVALID_ARGUMENT' });
});

test('what is wrong with the parameters is named', async (t) => {
  for (const server of [undefined, null, 'node', []]) t.throws(() => new StdioTransport(server), { code: 'ERR_INVALID_ARGUMENT' });
  t.throws(() => new StdioTransport({ command: 'x', maxBufferSize: 0 }), { message: /server\.maxBufferSize/ });
  t.throws(() => new StdioTransport({}), { code: 'ERR_INVALID_ARGUMENT', message: /command/ });
  t.throws(() => new StdioTransport({ command: 'x', args: [1] }), { message: /args\[0\]/ });
  const error = await t.throwsAsync(new StdioTransport({ command: 'no-such-command-here' }).start(), { code: 'ERR_SPAWN' });
  t.is(error.details.errno, 'ENOENT');
});
