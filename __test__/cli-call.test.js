'use strict';

const { EventEmitter } = require('node:events');
const test = require('ava').default;
const { CAPABILITIES, fakeApi, outcome, procmanError, runCli } = require('./fixtures/fake-api.js');

const answering = (facts) => fakeApi({ callToolAsync: async () => outcome(facts) });
const callOf = (api) => api.calls.find(([name]) => name === 'callToolAsync');

test('the output goes to stdout untouched', async (t) => {
  const api = answering({ output: 'line\n\u0007 odd\n' });
  const { status, stdout, stderr } = await runCli(['call', 's.t', 'a=1', 'b=x'], { api });
  t.is(status, 0);
  t.is(stdout, 'line\n\u0007 odd\n');
  t.is(stderr, '');
  t.deepEqual(callOf(api).slice(1, 4), ['s', 't', { a: 1, b: 'x' }]);
});

const shutDown = (api) => api.calls.some(([name]) => name === 'shutdown');

test('the goodbye is left to the guard, unless asked for or without a guard that outlives us', async (t) => {
  const [quick, waiting, container] = [fakeApi(), fakeApi(), fakeApi({ capabilities: () => ({ ...CAPABILITIES, graceAfterHostDeath: false }) })];
  await runCli(['call', 's.t'], { api: quick });
  await runCli(['call', 's.t', '--wait'], { api: waiting });
  await runCli(['call', 's.t'], { api: container });
  t.deepEqual([quick, waiting, container].map(shutDown), [false, true, true]);
});

test('--wait waits after a failure, too', async (t) => {
  const api = answering({ success: false, code: 'ERR_RPC', error: 'no' });
  t.is((await runCli(['call', 's.t', '--wait'], { api })).status, 1);
  t.true(shutDown(api));
});

test('--args gives the object that words are laid over', async (t) => {
  const api = fakeApi();
  await runCli(['call', 's.t', 'b=3', '--args', '{"a":1,"b":2}'], { api });
  t.deepEqual(callOf(api)[3], { a: 1, b: 3 });
});

test('a tool that answers isError is printed, with status 1', async (t) => {
  const api = answering({ success: false, isError: true, output: 'no such file\n' });
  const { status, stdout, stderr } = await runCli(['call', 's.t'], { api });
  t.deepEqual({ status, stdout, stderr }, { status: 1, stdout: 'no such file\n', stderr: '' });
});

for (const [code, status] of [
  ['ERR_SERVER_UNKNOWN', 3], ['ERR_CONFIG', 3], ['ERR_SERVER_START', 4], ['ERR_SERVER_EXITED', 4], ['ERR_SPAWN', 4], ['ERR_CALL_TIMEOUT', 124], ['ERR_RPC', 1], ['ERR_UNSUPPORTED', 1],
]) {
  test(`${code} is told on stderr, with status ${status}`, async (t) => {
    const api = answering({ success: false, code, error: 'what happened' });
    const result = await runCli(['call', 's.t', '--timeout', '50'], { api });
    t.is(result.status, status);
    t.is(result.stdout, '');
    t.true(result.stderr.startsWith(`procman: ${code}: `), result.stderr);
    });
}

test('an unknown server shows the nearest names and the command that lists all', async (t) => {
  const message = "server 'asana' is not configured; did you mean asana-v2? (read: /p/config/mcporter.json)";
  const { stderr } = await runCli(['call', 'asana.t'], { api: answering({ success: false, code: 'ERR_SERVER_UNKNOWN', error: message }) });
  t.is(stderr, `procman: ERR_SERVER_UNKNOWN: ${message}\n  try: procman servers\n`);
});

test('a timeout says how long it was and what to do', async (t) => {
  const { stderr } = await runCli(['call', 's.t', '--timeout', '50'], { api: answering({ success: false, code: 'ERR_CALL_TIMEOUT', error: 'Timeout' }) });
  t.regex(stderr, /s\.t did not answer within 50 ms; raise --timeout/);
});

test('the timeout comes from the option, else from the variable, else from the settings', async (t) => {
  const timeoutOf = async (argv, env) => {
    const api = fakeApi();
    await runCli(['call', 's.t', ...argv], { api, env });
    return callOf(api)[4].timeoutMs;
  };
  t.is(await timeoutOf(['--timeout', '5'], { MCPORTER_CALL_TIMEOUT: '9' }), 5);
  t.is(await timeoutOf([], { MCPORTER_CALL_TIMEOUT: '9' }), 9);
  t.is(await timeoutOf([], { MCPORTER_CALL_TIMEOUT: 'soon' }), undefined);
  t.is(await timeoutOf([], {}), undefined);
});

const TYPED = { tools: [{ name: 't', inputSchema: { properties: { id: { type: 'string' }, n: { type: 'number' } } } }] };

test('what was taken for a number is checked against the schema of the tool', async (t) => {
  const api = fakeApi({ request: async (server, method, { cursor }) => (cursor === 'next' ? TYPED : { tools: [{ name: 'other' }], nextCursor: 'next' }) });
  await runCli(['call', 's.t', 'id=123', 'n=5', '--timeout', '9'], { api });
  t.deepEqual(callOf(api)[3], { id: '123', n: 5 });
  const asked = api.calls.filter(([name]) => name === 'request');
  t.deepEqual(asked.map(([, server, method, params, { timeoutMs }]) => [server, method, params, timeoutMs]), [['s', 'tools/list', {}, 9], ['s', 'tools/list', { cursor: 'next' }, 9]]);
});

test('no number, no question', async (t) => {
  const api = fakeApi();
  await runCli(['call', 's.t', 'id=x'], { api });
  t.false(api.calls.some(([name]) => name === 'request'));
});

test('a server that refuses to list gets the arguments as they are; one that fails ends the call', async (t) => {
  const refusing = fakeApi({ request: async () => Promise.reject(procmanError('ERR_RPC', 'no such method')) });
  await runCli(['call', 's.t', 'id=123'], { api: refusing });
  t.deepEqual(callOf(refusing)[3], { id: 123 });
  const failing = fakeApi({ request: async () => Promise.reject(procmanError('ERR_SERVER_START', 'it never answered')) });
  t.is((await runCli(['call', 's.t', 'id=123'], { api: failing })).status, 4);
  t.is(callOf(failing), undefined);
});

test('a signal ends the question for the schema, too', async (t) => {
  const signals = new EventEmitter();
  const request = (server, method, params, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(procmanError('ERR_ABORTED', 'tools/list was aborted by its signal')));
      signals.emit('SIGINT', 'SIGINT');
    });
  t.is((await runCli(['call', 's.t', 'id=1'], { api: fakeApi({ request }), signals })).status, 130);
});

test('--output json and raw print the result', async (t) => {
  const facts = { output: 'text\n', result: { content: [{ type: 'text', text: 'text' }] } };
  t.deepEqual(JSON.parse((await runCli(['call', 's.t', '--output', 'json'], { api: answering(facts) })).stdout), facts.result);
  t.is((await runCli(['call', 's.t', '--output', 'raw'], { api: answering(facts) })).stdout, "{ content: [ { type: 'text', text: 'text' } ] }\n");
});

test('--json tells what the server said in its error', async (t) => {
  const details = { rpcCode: -32602, rpcMessage: 'no such tool', rpcData: { near: ['x'] } };
  const { stdout } = await runCli(['call', 's.t', '--json'], { api: answering({ success: false, code: 'ERR_RPC', error: 'no', details }) });
  t.deepEqual(JSON.parse(stdout).error.details, { ...details, server: 's', tool: 't' });
});

test('--json prints one document for a success and for a failure', async (t) => {
  const good = await runCli(['call', 's.t', '--json'], { api: answering({ output: 'x\n', result: { content: [] }, pid: 7 }) });
  t.deepEqual(JSON.parse(good.stdout), { server: 's', tool: 't', success: true, isError: false, output: 'x\n', result: { content: [] }, pid: 7, queuedMs: 0, durationMs: 1, attempts: 1 });
  const bad = await runCli(['call', 's.t', '--json'], { api: answering({ success: false, code: 'ERR_RPC', error: 'no' }) });
  t.deepEqual(JSON.parse(bad.stdout), { error: { code: 'ERR_RPC', message: 'no', details: { server: 's', tool: 't' } } });
  t.is(bad.stderr, '');
});

test('a rejected call keeps code and details', async (t) => {
  const api = fakeApi({ callToolAsync: async () => Promise.reject(procmanError('ERR_SEMAPHORE_TIMEOUT', 'Semaphore acquire timeout (60s)', { queued: 4 })) });
  const { status, stdout } = await runCli(['call', 's.t', '--json'], { api });
  t.is(status, 124);
  t.deepEqual(JSON.parse(stdout).error, { code: 'ERR_SEMAPHORE_TIMEOUT', message: 'Semaphore acquire timeout (60s)', details: { queued: 4 } });
});

test('--config is handed over before anything else', async (t) => {
  const api = fakeApi();
  await runCli(['call', 's.t', '--config', './x.json'], { api });
  t.deepEqual(api.calls[0], ['configure', { configPath: './x.json' }]);
});

test('--config and --json may stand before the command too; behind it they win', async (t) => {
  for (const [words, configPath] of [[['--config', './x.json', 'call', 's.t'], './x.json'], [['--config=./x.json', 'call', 's.t'], './x.json'], [['--config', './x.json', 'call', 's.t', '--config', './y.json'], './y.json']]) {
    const api = fakeApi({});
    const { stdout } = await runCli(['--json', ...words], { api });
    t.deepEqual(api.calls[0], ['configure', { configPath }]);
    t.is(JSON.parse(stdout).server, 's');
  }
  const { status, stderr } = await runCli(['--config', './x.json'], { api: fakeApi({}) });
  t.is(status, 2);
  t.regex(stderr, /no command is given; it is one of call, /);
  t.regex((await runCli(['--config', './x.json', 'call'], { api: fakeApi({}) })).stderr, /procman call --help/);
});

test('what of the configuration is ignored is told, but not into a document', async (t) => {
  const configurationSources = () => ({ files: [], lookedAt: [], warnings: ['ignored a file: /p/.mcp.json:1:2: bad'] });
  const { status, stdout, stderr } = await runCli(['call', 's.t'], { api: fakeApi({ configurationSources }) });
  t.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'hello\n', stderr: 'warning: ignored a file: /p/.mcp.json:1:2: bad\n' });
  t.is((await runCli(['call', 's.t', '--json'], { api: fakeApi({ configurationSources }) })).stderr, '');
});

test('a configuration that cannot be used ends the call before it starts', async (t) => {
  const api = fakeApi({ configurationSources: () => { throw procmanError('ERR_CONFIG', '/p/x.json:1:2: bad'); } });
  t.is((await runCli(['call', 's.t'], { api })).status, 3);
  t.is(callOf(api), undefined);
});

for (const argv of [['call'], ['call', 's'], ['call', 's.t', 'word'], ['call', 's.t', '--timeout', '0'], ['call', 's.t', '--timeout', 'soon'], ['call', 's.t', '--output', 'xml'], ['call', 's.t', '--args', '{'], ['call', 's.t', '--tiemout', '5']]) {
  test(`'${argv.join(' ')}' is a usage error and loads no addon`, async (t) => {
    const { status, stdout, stderr, loaded } = await runCli(argv);
    t.is(status, 2);
    t.is(stdout, '');
    t.regex(stderr, /^procman: ERR_INVALID_ARGUMENT: .+\n {2}try: procman call --help\n$/);
    t.false(loaded);
  });
}

test('an option that nearly exists is suggested', async (t) => {
  t.regex((await runCli(['call', 's.t', '--tiemout', '5'])).stderr, /Did you mean --timeout\?/);
});

for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  test(`${signal} aborts the call and ends with ${status}`, async (t) => {
    const signals = new EventEmitter();
    const callToolAsync = (server, tool, args, { signal: abort }) =>
      new Promise((resolve) => {
        abort.addEventListener('abort', () => resolve(outcome({ success: false, code: 'ERR_ABORTED', error: 'Aborted' })));
        signals.emit(signal, signal);
      });
    const api = fakeApi({ callToolAsync });
    const result = await runCli(['call', 's.t'], { api, signals });
    t.is(result.status, status);
    t.regex(result.stderr, /s\.t was interrupted/);
      t.is(result.listeners, 0, 'no signal stays handled');
  });
}

test('progress is shown to a person and cleared, and to nobody else', async (t) => {
  const callToolAsync = async (server, tool, args, { onProgress }) => {
    onProgress?.({ progress: 1, total: 4, message: 'quarter' });
    return outcome({ output: 'done\n' });
  };
  const person = await runCli(['call', 's.t'], { api: fakeApi({ callToolAsync }), isTTY: true });
  t.true(person.stderr.includes('s.t: 25 % quarter'));
  t.true(person.stderr.endsWith('\r\u001b[2K'));
  t.is(person.stdout, 'done\n');
  t.is((await runCli(['call', 's.t'], { api: fakeApi({ callToolAsync }) })).stderr, '');
  t.is((await runCli(['call', 's.t', '--json'], { api: fakeApi({ callToolAsync }), isTTY: true })).stderr, '');
});
