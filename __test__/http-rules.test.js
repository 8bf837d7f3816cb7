'use strict';
// The parts of the HTTP path that need no server: when a call is tried again, and what is hidden.
const test = require('ava').default;

const { ProcmanError } = require('..');
const { Deadline } = require('../lib/http/deadline.js');
const { InputRounds } = require('../lib/http/input-rounds.js');
const { ListCache } = require('../lib/http/list-cache.js');
const { allPages } = require('../lib/http/list-pages.js');
const { decide } = require('../lib/http/retry.js');
const { Secrets, shownUrl } = require('../lib/http/secrets.js');

const passing = new ProcmanError('ERR_SERVER_START', 'x', { retryable: true });
const final = new ProcmanError('ERR_AUTH_REQUIRED', 'x');
const failed = (more) => ({ error: passing, sent: false, expired: false, ...more });
const first = { attempts: 1, renewed: false };
const byDefault = { maxRetries: 2, annotated: false };
const annotated = { maxRetries: 2, annotated: true };

test('what never left is tried after one and two seconds, then given up', (t) => {
  const next = (attempts) => decide(failed(), { attempts, renewed: false }, byDefault, 0.5);
  t.deepEqual([next(1), next(2), next(3)], [{ again: true, delayMs: 1000 }, { again: true, delayMs: 2000 }, { again: false }]);
  t.is(decide(failed(), first, byDefault, 0).delayMs, 750);
  t.is(decide(failed(), first, byDefault, 1).delayMs, 1250);
  t.false(decide(failed(), first, { maxRetries: 0 }, 0.5).again);
});

test('what may have run is given up, or left to the tool', (t) => {
  t.deepEqual(decide(failed({ sent: true }), first, byDefault, 0.5), { again: false });
  t.deepEqual(decide(failed({ sent: true }), first, annotated, 0.5), { again: true, delayMs: 1000, ifHarmless: true });
});

test('what a second try cannot change is given up', (t) => {
  for (const options of [byDefault, annotated]) t.false(decide(failed({ error: final }), first, options, 0.5).again);
});

test('a forgotten session is renewed at once, one time, and does not count as a try', (t) => {
  const expired = failed({ error: final, sent: true, expired: true });
  t.deepEqual(decide(expired, first, { maxRetries: 0 }, 0.5), { again: true, delayMs: 0, renew: true });
  t.false(decide(expired, { attempts: 2, renewed: true }, byDefault, 0.5).again);
  t.true(decide(failed(), { attempts: 3, renewed: true }, byDefault, 0.5).again);
});

test('secrets are hidden wherever they stand, also encoded, also in parts', (t) => {
  const secrets = Secrets.of({
    url: 'https://me:pass%20word1@example.com/mcp?key=query-secret&v=1',
    headers: { accept: 'application/json', Authorization: 'Bearer to+ken/12', 'X-Key': 'key-secret' },
    variables: { SECRET: 'client-secret' },
  });
  secrets.add('to+ken/123456');
  const said = 'accept: application/json, Bearer to+ken/12; to%2Bken%2F12; to+ken/123456; key-secret; query-secret; pass word1; client-secret; v=1';
  t.is(secrets.hide(said), 'accept: application/json, [hidden]; [hidden]; [hidden]; [hidden]; [hidden]; [hidden]; [hidden]; v=1');
  t.deepEqual(secrets.hideIn({ 'key-secret': ['a key-secret', 5, null] }), { '[hidden]': ['a [hidden]', 5, null] });
  t.is(shownUrl('https://me:pw@example.com:8443/mcp?key=x#y'), 'https://example.com:8443/mcp');
});

const TELLS = { tools: { listChanged: true }, resources: {} };
const LIST = { tools: [] };

test('a list is kept only while its changes would be told', (t) => {
  const cache = new ListCache();
  const keep = (method) => cache.keep(method, LIST, cache.moment);
  cache.introduced(TELLS, false);
  keep('tools/list');
  t.is(cache.get('tools/list'), undefined, 'no stream stands yet');
  cache.streamChanged(true);
  ['tools/list', 'resources/list', 'prompts/list'].forEach(keep);
  t.deepEqual(['tools/list', 'resources/list', 'prompts/list'].map((method) => cache.get(method)), [LIST, undefined, undefined]);
  cache.heard('notifications/resources/list_changed');
  t.is(cache.get('tools/list'), LIST);
  cache.heard('notifications/tools/list_changed');
  t.is(cache.get('tools/list'), undefined);
  keep('tools/list');
  cache.streamChanged(false);
  t.is(cache.get('tools/list'), undefined);
});

test('a read that began before a change, or before the stream, is not kept', (t) => {
  for (const between of [(cache) => cache.heard('notifications/tools/list_changed'), (cache) => cache.streamChanged(true)]) {
    const cache = new ListCache();
    cache.introduced(TELLS, false);
    cache.streamChanged(true);
    const { moment } = cache;
    between(cache);
    cache.keep('tools/list', LIST, moment);
    t.is(cache.get('tools/list'), undefined);
    cache.keep('tools/list', LIST, cache.moment);
    t.is(cache.get('tools/list'), LIST, 'the control');
  }
});

test('in the 2026-07-28 protocol a list is kept for its time, stream or not', (t) => {
  let now = 1000;
  const cache = new ListCache(() => now);
  cache.introduced({}, true);
  cache.keep('tools/list', { ...LIST, ttlMs: 50 }, cache.moment);
  cache.keep('prompts/list', { prompts: [] }, cache.moment);
  t.is(cache.get('prompts/list'), undefined);
  t.truthy(cache.get('tools/list'));
  now += 50;
  t.is(cache.get('tools/list'), undefined);
});

test('pages become one list; those without an end or without the list are the server\'s mistake', async (t) => {
  const pages = { '': { tools: [1], nextCursor: 'a', ttlMs: 9, _meta: { kept: true } }, a: { tools: [2], nextCursor: 'b', ttlMs: 5 }, b: { tools: [3], ttlMs: 7 } };
  t.deepEqual(await allPages('s', 'tools/list', async (params) => pages[params?.cursor ?? '']), { tools: [1, 2, 3], ttlMs: 5, _meta: { kept: true } });
  await t.throwsAsync(allPages('s', 'tools/list', async () => ({ tools: [], nextCursor: 'again' })), { code: 'ERR_SERVER_PROTOCOL', message: /without an end/ });
  for (const answer of [{}, null, { tools: 'none' }]) {
    await t.throwsAsync(allPages('s', 'tools/list', async () => answer), { code: 'ERR_SERVER_PROTOCOL', message: /no tools/ });
  }
});

const QUESTIONS = { who: { method: 'elicitation/create', params: {} } };
const roundsOf = (method, answer) => new InputRounds({ server: 's', name: 'n', method }, answer && { answer });

test('a round of questions: answers and state go into the next request, the caller\'s own _meta wins', async (t) => {
  const rounds = roundsOf('tools/call', async () => ({ who: 'me' }));
  const capabilities = { 'io.modelcontextprotocol/clientCapabilities': { sampling: {}, elicitation: {}, roots: {} } };
  t.deepEqual(rounds.next({ a: 1 }), { a: 1, _meta: capabilities });
  const given = { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } };
  t.deepEqual(rounds.next({ _meta: given }), { _meta: given });
  t.is(await rounds.required({ inputRequests: QUESTIONS, requestState: 's1' }), 0);
  t.deepEqual(rounds.next({ a: 1 }), { a: 1, inputResponses: { who: 'me' }, requestState: 's1', _meta: capabilities });
  t.is(await rounds.required({ inputRequests: {}, requestState: 's2' }), 250);
  t.deepEqual(rounds.next(undefined), { requestState: 's2', _meta: capabilities }, 'the answers of the round before are not sent again');
});

test('a round of questions that cannot be: nobody answers, nothing is asked, another request, one too many', async (t) => {
  const asks = { inputRequests: QUESTIONS };
  t.is(roundsOf('tools/call').next(undefined), undefined);
  const refused = await t.throwsAsync(roundsOf('tools/call').required(asks), { code: 'ERR_INPUT_REQUIRED', message: /s\.n asks .*pass onInputRequired/ });
  t.deepEqual(refused.details.inputRequests, QUESTIONS);
  await t.throwsAsync(roundsOf('tools/call').required({}), { code: 'ERR_SERVER_PROTOCOL' });
  await t.throwsAsync(roundsOf('tools/list', async () => ({})).required(asks), { code: 'ERR_SERVER_PROTOCOL', message: /tools\/list/ });
  const rounds = roundsOf('prompts/get', async () => ({}));
  for (let round = 1; round <= 10; round += 1) await rounds.required(asks);
  await t.throwsAsync(rounds.required(asks), { code: 'ERR_INPUT_REQUIRED', message: /after 10 rounds/ });
});

test('the timeout of a call stands still while it is held, whatever progress says, and starts anew after that', async (t) => {
  const ended = (deadline) => new Promise((resolve) => deadline.signal.addEventListener('abort', () => resolve(deadline.signal.reason)));
  const [held, other] = [1, 2].map(() => new Deadline({ timeoutMs: 20, maxTotalMs: Infinity }, undefined, () => 'late'));
  held.hold();
  held.extend();
  t.is(await ended(other), 'late', 'the control');
  t.false(held.signal.aborted);
  held.resume();
  t.is(await ended(held), 'late');
  const total = new Deadline({ timeoutMs: Infinity, maxTotalMs: 20 }, undefined, () => 'late');
  total.hold();
  t.is(await ended(total), 'late', 'the total runs on');
});
