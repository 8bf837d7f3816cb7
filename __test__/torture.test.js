'use strict';
// Calls to a server that misbehaves, through the public surface. What one connection makes of it is `tests/mcp/torture.rs`; here is what
// callers see, and that nothing is left. The modes are described in docs/mcp-engine.md.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { cookie, gone } = require('./helpers/kernel.js');
const { example, root } = require('./helpers/programs.js');

const { callToolAsync, closeServer } = procman;
/** It dies when it is ready. A call that was sent by then tells the death; one that was not waits for the next start, until the pool gives up. */
const DIES_WHEN_READY = ['ERR_SERVER_EXITED', 'ERR_SERVER_QUARANTINED'];
const HANDSHAKE_ENDS = {
  'crash-early': 'ERR_SERVER_START',
  'crash-on-initialize': 'ERR_SERVER_START',
  'crash-in-answer': 'ERR_SERVER_START',
  'crash-after-answer': DIES_WHEN_READY,
  'crash-on-initialized': DIES_WHEN_READY,
  'not-mcp': 'ERR_SERVER_PROTOCOL',
  'old-version': 'ERR_SERVER_PROTOCOL',
  'polite-no': 'ERR_SERVER_START',
  mute: 'ERR_SERVER_START',
};
const HANDSHAKE_HANGS = ['deaf', 'silent', 'wrong-id', 'no-json'];
const OTHERS = ['slow-stdin', 'stubborn', 'hold-pipes'];
const PATIENT = { timeoutMs: 60_000, maxRetries: 0 };

const marks = Object.fromEntries([...Object.keys(HANDSHAKE_ENDS), ...HANDSHAKE_HANGS, ...OTHERS, 'holder', 'proper', 'other'].map((name) => [name, cookie()]));
/** One instance each: two dozen calls at once would have a second one, and then neighbours are not on one stream. */
const server = (mode) => ({ command: example('hostile_server'), args: [mode], env: marks[mode].env, procman: { maxInstances: 1 } });

test.before(() => {
  procman.configure({ servers: Object.fromEntries(Object.keys(marks).map((mode) => [mode, server(mode)])), maxConcurrent: 64 });
});
test.after.always(() => procman.shutdown({ graceMs: 0 }));

const call = (name, tool, args = {}, options = {}) => callToolAsync(name, tool, args, { ...PATIENT, ...options });

/** Ends a server and makes sure that nothing of it is left. */
async function endsWhole(t, name) {
  await closeServer(name, { graceMs: 20 });
  t.deepEqual(await marks[name].survivors(), []);
}

for (const [mode, codes] of Object.entries(HANDSHAKE_ENDS)) {
  test(`handshake: ${mode} is told at once, with its reason`, async (t) => {
    const outcome = await call(mode, 'anything');
    t.false(outcome.success);
    t.true([codes].flat().includes(outcome.code), `${outcome.code}: ${outcome.error}`);
    if (mode.startsWith('crash')) t.regex(outcome.error, mode === 'crash-early' ? /code 3[\s\S]*left-pad/ : /code 42[\s\S]*out of cheese/);
    await endsWhole(t, mode);
  });
}

for (const mode of HANDSHAKE_HANGS) {
  test(`handshake: ${mode} is waited for as long as the call allows, and ended`, async (t) => {
    const outcome = await call(mode, 'anything', {}, { timeoutMs: 100 });
    t.like(outcome, { success: false, error: 'Timeout', code: 'ERR_CALL_TIMEOUT' });
    t.true((await marks[mode].survivors()).length > 0, 'the control: the start goes on for the next caller');
    await endsWhole(t, mode);
  });
}

test('a server that reads a byte at a time gets its megabyte, and holds up nobody else', async (t) => {
  const text = 'x'.repeat(2 ** 20);
  const slow = Promise.all([call('slow-stdin', 'length', { text }), call('slow-stdin', 'echo')]);
  t.is((await call('other', 'echo')).output, 'fine\n');
  const [length, echo] = await slow;
  t.is(length.output, `${text.length}\n`, length.error);
  t.is(echo.output, 'fine\n');
});

test('a server that hears neither the end of stdin nor SIGTERM is ended', async (t) => {
  t.is((await call('stubborn', 'echo')).output, 'fine\n');
  t.is((await marks.stubborn.survivors()).length, 1);
  await endsWhole(t, 'stubborn');
});

test('a child that holds the pipes of a server ends with it', async (t) => {
  t.is((await call('hold-pipes', 'echo')).output, 'fine\n');
  t.is((await marks['hold-pipes'].survivors()).length, 2, 'the server, and the child in a session of its own');
  await endsWhole(t, 'hold-pipes');
});

test('a crash is told although a child holds the pipes open, and the child is ended', async (t) => {
  const [held, crashed] = await Promise.all([call('holder', 'hold'), call('holder', 'fork-and-crash')]);
  for (const outcome of [held, crashed]) {
    t.is(outcome.code, 'ERR_SERVER_EXITED');
    t.regex(outcome.error, /left \d+[\s\S]*out of cheese/);
  }
  t.is((await call('holder', 'echo')).output, 'fine\n', 'the next call has a new server');
  await closeServer('holder');
  // The child hears no SIGTERM: it has the grace of the unit whose first process has died.
  await gone(await marks.holder.survivors());
  t.deepEqual(await marks.holder.survivors(), []);
});

test('endless progress does not outlast maxTotalMs, and its server is not lost', async (t) => {
  let heard = 0;
  const options = { resetTimeoutOnProgress: true, timeoutMs: 30_000, maxTotalMs: 500, onProgress: () => (heard += 1) };
  const before = await call('proper', 'echo');
  const endless = await call('proper', 'endless-progress', {}, options);
  t.like(endless, { success: false, error: 'Timeout', pid: before.pid });
  t.true(heard > 0, 'the control: it was not silent');
  const after = await call('proper', 'echo');
  t.like(after, { output: 'fine\n', pid: before.pid });
});

test('whatever else a call does to the stream, its neighbours are answered by the same server', async (t) => {
  const { pid } = await call('other', 'echo');
  const tools = ['pollute', 'split', 'key-order', 'string-id', 'wrong-ids', 'ask', 'progress', 'flood', 'empty-answer', 'rpc-error', 'answer-while-not-reading'];
  const rounds = tools.flatMap((tool) => [call('other', tool), call('other', 'length', { text: tool })]);
  const outcomes = await Promise.all(rounds);
  tools.forEach((tool, index) => {
    t.like(outcomes[2 * index + 1], { success: true, output: `${tool.length}\n`, pid }, tool);
    t.is(outcomes[2 * index].success, !['empty-answer', 'rpc-error'].includes(tool), `${tool}: ${outcomes[2 * index].error}`);
  });
});

test('every mode and tool of the hostile server is described, and every mode is called here', (t) => {
  const listed = execFileSync(example('hostile_server'), ['--help'], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(' '));
  const page = fs.readFileSync(path.join(root, 'docs', 'mcp-engine.md'), 'utf8');
  for (const [kind, name] of listed) {
    t.true(page.includes(`\`${name}\``), `docs/mcp-engine.md does not describe the ${kind} ${name}`);
    if (kind === 'mode') t.true(name in marks, name);
  }
});
