'use strict';

const { EventEmitter } = require('node:events');
const { Readable } = require('node:stream');
const test = require('ava').default;
const { fakeApi, procmanError, runCli, unit } = require('./fixtures/fake-api.js');

const ending = (facts) => fakeApi({ spawn: async () => unit(facts) });
const spawnOf = (api) => api.calls.find(([name]) => name === 'spawn').slice(1);

for (const [facts, status] of [[{ code: 0 }, 0], [{ code: 7 }, 7], [{ code: 255 }, 255], [{ signal: 'SIGKILL' }, 137], [{ signal: 'SIGSEGV' }, 139]]) {
  test(`a command that ends with ${JSON.stringify(facts)} gives ${status}`, async (t) => {
    const api = ending(facts);
    const result = await runCli(['run', '--', 'cmd'], { api });
    t.deepEqual({ status: result.status, stdout: result.stdout, stderr: result.stderr }, { status, stdout: '', stderr: '' });
    t.deepEqual(api.calls.at(-1), ['shutdown']);
  });
}

for (const [stage, errno, status] of [['lookup', 'ENOENT', 127], ['exec', 'ENOENT', 127], ['interpreter', 'ENOENT', 126], ['directory', 'ENOENT', 125], ['exec', 'EACCES', 126], ['exec', 'ENOEXEC', 126], ['exec', 'E2BIG', 125], ['shim', '0', 125]]) {
  test(`a command that cannot be started (${stage}, ${errno}) gives ${status}`, async (t) => {
    const api = fakeApi({ spawn: async () => Promise.reject(procmanError('ERR_SPAWN', 'cannot start cmd', { stage, errno })) });
    const result = await runCli(['run', 'cmd'], { api });
    t.is(result.status, status);
    t.is(result.stderr, 'procman: ERR_SPAWN: cannot start cmd\n');
  });
}

test('a failure of procman itself gives 125, also before the command', async (t) => {
  t.is((await runCli(['run', 'cmd'], { api: fakeApi({ spawn: async () => Promise.reject(procmanError('ERR_GUARD', 'no guard')) }) })).status, 125);
  const api = fakeApi({ configure: () => { throw procmanError('ERR_CONFIG', 'bad file'); } });
  t.is((await runCli(['run', '--config', 'x', 'cmd'], { api })).status, 125);
});

test('words of the command stay the command\'s, with and without --', async (t) => {
  for (const argv of [['run', '--grace', '5', '--', 'cmd', '--json', '--grace', '1'], ['run', '--grace', '5', 'cmd', '--json', '--grace', '1']]) {
    const api = ending({ code: 0 });
    const { stdout } = await runCli(argv, { api });
    t.deepEqual(spawnOf(api), ['cmd', ['--json', '--grace', '1'], { stdio: 'inherit', leftovers: 'stop', terminal: true, graceMs: 5 }]);
    t.is(stdout, '');
  }
});

test('--leftovers wait is passed on, and anything else refused', async (t) => {
  const api = ending({ code: 0 });
  await runCli(['run', '--leftovers', 'wait', 'cmd'], { api });
  t.is(spawnOf(api)[2].leftovers, 'wait');
  for (const argv of [['run'], ['run', '--leftovers', 'keep', 'cmd'], ['run', '--grace', '-1', 'cmd'], ['run', '--grace', '1 week', 'cmd'], ['run', '--garce', '1', 'cmd']]) {
    const { status, loaded } = await runCli(argv);
    t.is(status, 2, argv.join(' '));
    t.false(loaded);
  }
});

for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  test(`${signal} asks the unit to stop, and a command that it ends gives ${status}`, async (t) => {
    const signals = new EventEmitter();
    const running = unit({ signal: 'SIGTERM', untilStopped: true });
    const api = fakeApi({ spawn: async () => (setImmediate(() => signals.emit(signal, signal)), running) });
    const result = await runCli(['run', 'cmd'], { api, signals });
    t.is(result.status, status);
    t.deepEqual(running.stops, [{ force: false }]);
    t.is(result.listeners, 0);
  });
}

test('a command that ends by itself after the signal keeps its status', async (t) => {
  const signals = new EventEmitter();
  const api = fakeApi({ spawn: async () => (setImmediate(() => signals.emit('SIGINT', 'SIGINT')), unit({ code: 0, untilStopped: true })) });
  t.is((await runCli(['run', 'cmd'], { api, signals })).status, 0);
});

test('a signal during the start is not lost', async (t) => {
  const signals = new EventEmitter();
  const running = unit({ signal: 'SIGTERM', untilStopped: true });
  const api = fakeApi({ spawn: async () => (signals.emit('SIGTERM', 'SIGTERM'), running) });
  t.is((await runCli(['run', 'cmd'], { api, signals })).status, 143);
  t.deepEqual(running.stops, [{ force: false }]);
});

for (const terminal of ['foreground', 'job']) {
  test(`SIGINT on a terminal (${terminal}) is the command's and no wish to stop, while it lives`, async (t) => {
    const signals = new EventEmitter();
    const heard = [];
    const hears = (signal) => (heard.push(signal), heard.length === 1);
    const running = unit({ signal: 'SIGTERM', untilStopped: true, terminal, hears });
    const twice = () => { signals.emit('SIGINT', 'SIGINT'); t.deepEqual(running.stops, []); signals.emit('SIGINT', 'SIGINT'); };
    const api = fakeApi({ spawn: async () => (setImmediate(twice), running) });
    t.is((await runCli(['run', 'cmd'], { api, signals })).status, 130);
    t.deepEqual(heard, terminal === 'job' ? [0, 0] : ['SIGINT', 'SIGINT']);
    t.deepEqual(running.stops, [{ force: false }]);
  });
}

test('the job around us ends by an interrupt that the terminal sent to the command alone', async (t) => {
  const interrupts = async (facts) => (await runCli(['run', 'cmd'], { api: ending(facts) })).interrupts;
  t.is(await interrupts({ signal: 'SIGINT', terminal: 'foreground' }), 1);
  t.is(await interrupts({ signal: 'SIGINT', terminal: 'job' }), 0);
  t.is(await interrupts({ signal: 'SIGINT' }), 0);
  t.is(await interrupts({ signal: 'SIGTERM', terminal: 'foreground' }), 0);
  t.is(await interrupts({ code: 130, terminal: 'foreground' }), 0);
});

test('a second signal skips the grace', async (t) => {
  const signals = new EventEmitter();
  const running = unit({ signal: 'SIGKILL', untilStopped: 2 });
  const twice = () => { signals.emit('SIGINT', 'SIGINT'); signals.emit('SIGTERM', 'SIGTERM'); };
  const api = fakeApi({ spawn: async () => (setImmediate(twice), running) });
  t.is((await runCli(['run', 'cmd'], { api, signals })).status, 130);
  t.deepEqual(running.stops, [{ force: false }, { force: true }]);
});

test('a survivor is told, and spoils a success only', async (t) => {
  const survivors = [{ process: { pid: 42, name: 'stuck' }, reason: 'state D' }];
  const spoiled = await runCli(['run', 'cmd'], { api: ending({ code: 0, survivors }) });
  t.is(spoiled.status, 5);
  t.regex(spoiled.stderr, /process 42 \(stuck\) could not be stopped: state D/);
  t.is((await runCli(['run', 'cmd'], { api: ending({ code: 3, survivors }) })).status, 3);
});

test('--json keeps stdout for the report', async (t) => {
  const api = ending({ code: 4, stdout: Readable.from(['from the command\n']) });
  const { status, stdout, stderr } = await runCli(['run', '--json', '--', 'cmd'], { api });
  t.is(status, 4);
  t.is(JSON.parse(stdout).code, 4);
  t.is(stderr, 'from the command\n');
  t.deepEqual(spawnOf(api)[2].stdio, ['inherit', 'pipe', 'inherit']);
});
