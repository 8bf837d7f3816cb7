'use strict';
// The 2026-07-28 protocol through the public functions: against a server of the official SDK, and against one that dies of the question.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { inputFromHandlers } = require('../lib/api/input-rounds.js');
const { example, root } = require('./helpers/programs.js');

const { callTool, callToolAsync, callToolRaw, getActiveProcesses, getSemaphoreStatus } = procman;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-modern-'));
const stateDir = path.join(folder, 'state');
const starts = (name) => fs.readFileSync(path.join(folder, name), 'utf8').trim().split('\n').length;

const official = (name, protocol, ...args) => ({
  command: process.execPath,
  args: [path.join(__dirname, 'fixtures', 'modern-server.mjs'), ...args],
  env: { START_LOG: path.join(folder, name) },
  ...(protocol && { procman: { protocol } }),
});
/** Writes a line per start, then becomes the server. */
const logged = (name, mode, protocol) => ({
  command: 'sh',
  args: ['-c', `echo started >> ${path.join(folder, name)}; exec ${example('modern_server')} ${mode}`],
  procman: { protocol },
});
const SERVERS = {
  modern: official('modern', '2026-07-28'),
  auto: official('auto', 'auto'),
  legacy: official('legacy'),
  only: official('only', undefined, 'modern'),
  fragile: logged('fragile', 'fragile', 'auto'),
  blunt: { command: example('modern_server'), args: ['dual'], procman: { protocol: '2026-07-28' } },
  mismatch: logged('mismatch', 'legacy', '2026-07-28'),
};

test.before(() => procman.configure({ servers: SERVERS, stateDir, maxRetries: 0 }));
test.afterEach((t) => {
  t.deepEqual(getActiveProcesses(), []);
  t.is(getSemaphoreStatus().current, 0);
});
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

const named = (questions) => Object.fromEntries(Object.keys(questions).map((key) => [key, { action: 'accept', content: { name: key } }]));
const ask = (tool, options, args = {}) => callToolAsync('modern', tool, args, options);

test.serial('a server is spoken to as configured, and as it insists', async (t) => {
  for (const [name, modern] of [['modern', true], ['auto', true], ['legacy', false], ['only', true]]) {
    const { output } = await callToolAsync(name, 'era');
    const { envelope } = JSON.parse(output);
    t.is(envelope?.['io.modelcontextprotocol/protocolVersion'], modern ? '2026-07-28' : undefined, name);
    t.is(starts(name), 1, name);
    t.is((await procman.listTools(name)).length, 8, name);
  }
  const { error } = await callToolAsync('mismatch', 'era');
  t.regex(error, /server\/discover.*"protocol": "auto"/s);
});

test.serial('a server that dies of the question is started once more, and not asked again by the next process', async (t) => {
  t.is((await callToolAsync('fragile', 'echo')).output, 'fine\n');
  t.is(starts('fragile'), 2);
  const script = `const procman = require(${JSON.stringify(root)});
    procman.configure(${JSON.stringify({ servers: { fragile: SERVERS.fragile }, stateDir })});
    procman.callToolAsync('fragile', 'echo').then(({ output }) => { process.stdout.write(output); return procman.shutdown(); });`;
  t.is(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }), 'fine\n');
  t.is(starts('fragile'), 3);
  // The control: without what was learned it is asked again.
  t.is(execFileSync(process.execPath, ['-e', script.replaceAll(stateDir, path.join(folder, 'other'))], { encoding: 'utf8' }), 'fine\n');
  t.is(starts('fragile'), 5);
});

test.serial('questions of the server reach the caller, and its answers the server', async (t) => {
  const seen = [];
  const onInputRequired = (questions) => {
    seen.push(questions);
    return named(questions);
  };
  const { output, attempts } = await ask('who', { onInputRequired }, { of: 'all' });
  t.deepEqual(JSON.parse(output), { answer: { action: 'accept', content: { name: 'who' } }, state: 'state of who', given: { of: 'all' } });
  t.is(attempts, 1, 'a round is no retry');
  t.is(seen[0].who.method, 'elicitation/create');
  t.is((await ask('twice', { onInputRequired: async (questions) => named(questions) })).output, 'two,first,second\n');
  t.is((await ask('later')).output, 'ready\n', 'nothing was asked, so nobody need answer');
  const raw = await callToolRaw('modern', 'who', {}, { onInputRequired: named });
  t.is(raw.resultType, 'complete');
});

test.serial('handlers by method answer questions by key', async (t) => {
  const elicit = async ({ message }) => ({ action: 'accept', content: { name: message } });
  const missing = await ask('who', { onInputRequired: inputFromHandlers({ 'roots/list': () => ({ roots: [] }) }) });
  t.like(missing, { code: 'ERR_INPUT_REQUIRED' });
  t.regex(missing.error, /no handler was given/);
  t.is((await ask('twice', { onInputRequired: inputFromHandlers({ 'elicitation/create': elicit }) })).output, 'two,First?,Second?\n');
});

test.serial('calls of one moment get the answers to their own questions', async (t) => {
  const answer = (number) => ({ onInputRequired: async () => ({ who: { action: 'accept', content: { name: `caller ${number}` } } }) });
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, number) => ask('who', answer(number), { number })));
  outcomes.forEach(({ output }, number) => {
    const { answer: got, given } = JSON.parse(output);
    t.deepEqual([got.content.name, given.number], [`caller ${number}`, number]);
  });
});

test.serial('a question that nobody answers is ERR_INPUT_REQUIRED', async (t) => {
  t.like(await ask('who'), { success: false, code: 'ERR_INPUT_REQUIRED', output: '' });
  t.is(callTool('modern', 'who', {}).code, 'ERR_INPUT_REQUIRED');
  const refused = await t.throwsAsync(callToolRaw('modern', 'who'), { code: 'ERR_INPUT_REQUIRED' });
  t.truthy(refused.details.requiredCapabilities.elicitation);
  // A server that asks although its client declared nothing.
  const blunt = await t.throwsAsync(callToolRaw('blunt', 'ask-on'), { code: 'ERR_INPUT_REQUIRED' });
  t.deepEqual(blunt.details.inputRequests, { again: { method: 'roots/list' } });
  await t.throwsAsync(callToolRaw('blunt', 'asks-nothing'), { code: 'ERR_SERVER_PROTOCOL' });
  // The control: in the older protocol it is only a result with an odd field.
  t.is((await callToolRaw('fragile', 'ask-on')).resultType, 'input_required');
});

test.serial('what onInputRequired throws or misses ends the call, and only that', async (t) => {
  const mistake = new Error('no terminal');
  const thrower = () => {
    throw mistake;
  };
  const error = await t.throwsAsync(callToolRaw('modern', 'who', {}, { onInputRequired: thrower }), { code: 'ERR_INPUT_REQUIRED' });
  t.is(error.cause, mistake);
  t.is(error.details.inputRequests.who.method, 'elicitation/create');
  for (const nothing of [undefined, null, 'yes', []]) {
    t.is((await ask('who', { onInputRequired: () => nothing })).code, 'ERR_INPUT_REQUIRED');
  }
  t.is((await ask('for_ever', { onInputRequired: named })).code, 'ERR_INPUT_REQUIRED', 'it does not go on for ever');
  t.is((await ask('echo', {}, { text: 'alive' })).output, 'alive\n');
  await t.throwsAsync(callToolRaw('modern', 'who', {}, { onInputRequired: 'me' }), { code: 'ERR_INVALID_ARGUMENT' });
});

test.serial('the timeout stands still while the caller thinks, the total does not', async (t) => {
  const slowly = (ms) => (questions) => new Promise((resolve) => setTimeout(() => resolve(named(questions)), ms));
  const thoughtful = await ask('who', { timeoutMs: 300, maxTotalMs: 20_000, onInputRequired: slowly(900) });
  t.true(thoughtful.success, thoughtful.error);
  t.true(thoughtful.durationMs >= 900);
  const lost = await ask('who', { timeoutMs: 300, maxTotalMs: 600, onInputRequired: () => new Promise(() => {}) });
  t.is(lost.error, 'Timeout');
  t.true(lost.durationMs >= 600 && lost.durationMs < 10_000);
});

test.serial('an abort while the caller thinks ends the call, and a late answer is dropped', async (t) => {
  const controller = new AbortController();
  let answer;
  const asked = new Promise((resolve) => {
    const onInputRequired = () => {
      resolve();
      return new Promise((settle) => {
        answer = settle;
      });
    };
    t.context.call = ask('who', { signal: controller.signal, onInputRequired });
  });
  await asked;
  controller.abort();
  t.is((await t.context.call).code, 'ERR_ABORTED');
  answer({ who: { action: 'accept', content: {} } });
  t.is((await ask('echo', {}, { text: 'alive' })).output, 'alive\n');
});
