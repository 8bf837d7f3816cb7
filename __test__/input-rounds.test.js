'use strict';
// Rounds of input (2026-07-28): a server asks in the place of an answer. The same over stdio and over HTTP, against servers of the official SDK.
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { inputFromHandlers } = require('../lib/api/input-rounds.js');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { httpFixture } = require('./helpers/http-fixture.js');
const { poolOf } = require('./helpers/pools.js');

const { callTool, callToolAsync, callToolRaw } = procman;
const entry = { procman: { protocol: '2026-07-28' } };
let fixture;

test.before(async () => {
  fixture = await httpFixture();
  const stdio = { command: process.execPath, args: [path.join(__dirname, 'fixtures', 'modern-server.mjs')], ...entry };
  procman.configure({ servers: { stdio, http: { url: fixture.url('modern'), ...entry }, odd: { url: fixture.url('odd') }, older: { url: fixture.url('mcp') } }, maxRetries: 0 });
});
nothingInFlightAfterEach(test);
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  await fixture.stop();
});

const named = (questions) => Object.fromEntries(Object.keys(questions).map((key) => [key, { action: 'accept', content: { name: key } }]));

for (const server of ['stdio', 'http']) {
  const serial = (title, run) => test.serial(`${server}: ${title}`, run);
  const ask = (tool, options, args = {}) => callToolAsync(server, tool, args, options);

  serial('questions of the server reach the caller, and its answers the server', async (t) => {
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
    const raw = await callToolRaw(server, 'who', {}, { onInputRequired: named });
    // The official client, which speaks HTTP here, takes the field out.
    t.is(raw.resultType, server === 'stdio' ? 'complete' : undefined);
  });

  serial('handlers by method answer questions by key', async (t) => {
    const elicit = async ({ message }) => ({ action: 'accept', content: { name: message } });
    const missing = await ask('who', { onInputRequired: inputFromHandlers({ 'roots/list': () => ({ roots: [] }) }) });
    t.like(missing, { code: 'ERR_INPUT_REQUIRED' });
    t.regex(missing.error, /no handler was given/);
    t.is((await ask('twice', { onInputRequired: inputFromHandlers({ 'elicitation/create': elicit }) })).output, 'two,First?,Second?\n');
  });

  serial('calls of one moment get the answers to their own questions', async (t) => {
    const answer = (number) => ({ onInputRequired: async () => ({ who: { action: 'accept', content: { name: `caller ${number}` } } }) });
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, number) => ask('who', answer(number), { number })));
    outcomes.forEach(({ output }, number) => {
      const { answer: got, given } = JSON.parse(output);
      t.deepEqual([got.content.name, given.number], [`caller ${number}`, number]);
    });
  });

  serial('a question that nobody answers is ERR_INPUT_REQUIRED', async (t) => {
    t.like(await ask('who'), { success: false, code: 'ERR_INPUT_REQUIRED', output: '' });
    t.is(callTool(server, 'who', {}).code, 'ERR_INPUT_REQUIRED');
    const refused = await t.throwsAsync(callToolRaw(server, 'who'), { code: 'ERR_INPUT_REQUIRED' });
    t.truthy(refused.details.requiredCapabilities.elicitation);
  });

  serial('what onInputRequired throws or misses ends the call, and only that', async (t) => {
    const mistake = new Error('no terminal');
    const thrower = () => {
      throw mistake;
    };
    const error = await t.throwsAsync(callToolRaw(server, 'who', {}, { onInputRequired: thrower }), { code: 'ERR_INPUT_REQUIRED' });
    t.is(error.cause, mistake);
    t.is(error.details.inputRequests.who.method, 'elicitation/create');
    for (const nothing of [undefined, null, 'yes', []]) {
      t.is((await ask('who', { onInputRequired: () => nothing })).code, 'ERR_INPUT_REQUIRED');
    }
    t.is((await ask('for_ever', { onInputRequired: named })).code, 'ERR_INPUT_REQUIRED', 'it does not go on for ever');
    t.is((await ask('echo', {}, { text: 'alive' })).output, 'alive\n');
    await t.throwsAsync(callToolRaw(server, 'who', {}, { onInputRequired: 'me' }), { code: 'ERR_INVALID_ARGUMENT' });
  });

  serial('onInputRequired that aborts its own call and then throws ends the call, and not the program', async (t) => {
    const controller = new AbortController();
    const unheard = [];
    const hear = (reason) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    t.teardown(() => process.off('unhandledRejection', hear));
    const onInputRequired = () => {
      controller.abort();
      throw new Error('cancelled by the user');
    };
    t.is((await ask('who', { signal: controller.signal, onInputRequired })).code, 'ERR_ABORTED');
    // They are told in a turn of their own.
    await new Promise(setImmediate);
    t.deepEqual(unheard, []);
  });

  serial('the timeout stands still while the caller thinks, the total does not', async (t) => {
    const slowly = (ms) => (questions) => new Promise((resolve) => setTimeout(() => resolve(named(questions)), ms));
    const thoughtful = await ask('who', { timeoutMs: 300, maxTotalMs: 20_000, onInputRequired: slowly(900) });
    t.true(thoughtful.success, thoughtful.error);
    t.true(thoughtful.durationMs >= 900);
    const lost = await ask('who', { timeoutMs: 300, maxTotalMs: 600, onInputRequired: () => new Promise(() => {}) });
    t.is(lost.error, 'Timeout');
    t.true(lost.durationMs >= 600 && lost.durationMs < 10_000);
  });

  serial('an abort while the caller thinks ends the call, and a late answer is dropped', async (t) => {
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
}

test.serial('questions to the holder of a lease, and to who calls a pool, reach them: regression of questions that nobody was asked', async (t) => {
  const pool = poolOf(t, { server: 'stdio' });
  const lease = await pool.getServer();
  for (const server of [lease, pool]) {
    const { content } = await server.callTool('who', {}, { onInputRequired: named, maxTotalMs: 5000 });
    t.deepEqual(JSON.parse(content[0].text).answer, { action: 'accept', content: { name: 'who' } });
  }
  lease.release();
});

test('what looks like a question of the newer protocol is a result in the older one', async (t) => {
  const { success, result } = await callToolAsync('odd', 'echo');
  t.true(success);
  t.deepEqual(result.inputRequests, {});
});

const FORM = { message: 'Who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer', default: 7 } } } };
const elicit = { method: 'elicitation/create', params: FORM };
const askOlder = (questions, options) => callToolAsync('older', 'ask', { questions }, options);
const accept = (content) => ({ 'elicitation/create': { action: 'accept', content } });

test.serial('older HTTP servers: their own questions reach the caller, and its answers the server', async (t) => {
  const seen = [];
  const onInputRequired = async (questions) => {
    seen.push(questions);
    return { ...accept({ name: 'Ann' }), 'roots/list': { roots: [{ uri: 'file:///srv' }] } };
  };
  const { output } = await askOlder([elicit, { method: 'roots/list' }], { onInputRequired });
  t.deepEqual(JSON.parse(output), [{ action: 'accept', content: { name: 'Ann', age: 7 } }, { roots: [{ uri: 'file:///srv' }] }], 'what the form has by default is filled in');
  t.like(seen[0]['elicitation/create'], { method: 'elicitation/create', params: { message: 'Who?' } });
  t.is(seen.length, 2, 'each question by itself');
  // The control: where nobody answers, the server is told so at once.
  const [refused] = JSON.parse((await askOlder([elicit])).output);
  t.regex(refused.message, /does not support|not found/i);
});

test.serial('older HTTP servers: a question on the stream that stands finds its caller too, from the first call on', async (t) => {
  for (const _ of [1, 2, 3]) {
    await procman.closeServer('older');
    const { output } = await callToolAsync('older', 'ask', { questions: [elicit], aside: true }, { onInputRequired: async () => accept({ name: 'Ann' }) });
    t.is(JSON.parse(output)[0].content.name, 'Ann');
  }
});

test.serial('older HTTP servers: calls of one moment get the answers to their own questions, by sessions of their own', async (t) => {
  procman.mcpSemaphore.resize(8);
  const asked = (name) => askOlder([elicit], { onInputRequired: async () => accept({ name }) });
  const outcomes = await Promise.all(Array.from({ length: 24 }, (_, number) => asked(`caller ${number}`)));
  outcomes.forEach(({ output }, number) => t.is(JSON.parse(output)[0].content.name, `caller ${number}`));
  // One is kept; the others say goodbye by themselves, and the last one with closeServer().
  const { initialized } = await fixture.control();
  t.true((await asked('again')).success);
  t.is((await fixture.control()).initialized, initialized);
  const goodbyes = async (count) => {
    while ((await fixture.control()).deleted < count);
  };
  // Beside it there is the session that all share.
  await goodbyes(initialized - 2);
  await procman.closeServer('older');
  await goodbyes(initialized);
  procman.mcpSemaphore.resize(3);
});

test.serial('older HTTP servers: what the caller throws or misses ends the call, and only that', async (t) => {
  const mistake = new Error('no terminal');
  const thrower = async () => {
    throw mistake;
  };
  const error = await t.throwsAsync(callToolRaw('older', 'ask', { questions: [elicit] }, { onInputRequired: thrower }), { code: 'ERR_INPUT_REQUIRED' });
  t.is(error.cause, mistake);
  t.is((await askOlder([elicit], { onInputRequired: async () => ({}) })).code, 'ERR_INPUT_REQUIRED');
  t.true((await askOlder([elicit], { onInputRequired: async () => accept({}) })).success);
});

test.serial('older HTTP servers: the timeout stands still while the caller thinks, the total does not', async (t) => {
  const slowly = (ms) => () => new Promise((resolve) => setTimeout(() => resolve(accept({})), ms));
  const thoughtful = await askOlder([elicit, elicit], { timeoutMs: 600, maxTotalMs: 20_000, onInputRequired: slowly(1200) });
  t.true(thoughtful.success, thoughtful.error);
  t.true(thoughtful.durationMs >= 1200);
  const lost = await askOlder([elicit], { timeoutMs: 300, maxTotalMs: 600, onInputRequired: () => new Promise(() => {}) });
  t.is(lost.error, 'Timeout');
  t.true(lost.durationMs >= 600);
});
