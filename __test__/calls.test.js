'use strict';
// Tool calls through the public functions, against a real server process.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { gone, guardiansOf, isAlive } = require('./helpers/kernel.js');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { echoServer, standIn, example } = require('./helpers/programs.js');

const { callTool, callToolAsync, callToolRaw, getActiveProcesses, getSemaphoreStatus } = procman;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-calls-'));
const inFolder = (name) => path.join(folder, name);
const SERVERS = {
  // It dies as often as the tests want it to.
  stand: { ...standIn({ START_LOG: inFolder('starts') }), procman: { maxRestarts: Infinity } },
  crowd: standIn({ START_LOG: inFolder('crowd') }),
  gated: standIn({ START_LOG: inFolder('gated'), HANDSHAKE_GATE: inFolder('gate') }),
  echo: echoServer(),
  'never-started': standIn({}),
  dies: { command: example('hostile_server'), args: ['crash-early'] },
};
const open = (more = {}) => procman.configure({ servers: SERVERS, maxConcurrent: 8, ...more });

test.before(() => {
  execFileSync('mkfifo', [inFolder('gate')]);
  open();
});
nothingInFlightAfterEach(test);
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

/** Asks until the server answers with what was wanted; each answer is one round trip, so this waits for messages and not for time. */
async function until(tool, wanted) {
  let answer;
  do answer = (await callToolAsync('stand', tool)).output;
  while (answer !== `${wanted}\n`);
}

const lines = (name) => fs.readFileSync(inFolder(name), 'utf8').trim().split('\n').length;

test.serial('an outcome has text, raw result, pid and times, and prints without the result', async (t) => {
  const outcome = await callToolAsync('stand', 'list_workspaces', {});
  t.true(outcome.success);
  t.deepEqual(JSON.parse(outcome.output), [{ gid: '1', name: 'Ad Ops' }]);
  t.is(outcome.result.content[0].type, 'text');
  t.false('result' in JSON.parse(JSON.stringify(outcome)));
  t.true(await isAlive(outcome.pid));
  t.true(outcome.queuedMs >= 0 && outcome.durationMs > 0);
  t.is(outcome.attempts, 1);
});

test.serial('what the tool calls an error is its answer and is not tried again', async (t) => {
  const { success, isError, code, error, output, attempts } = await callToolAsync('stand', 'fail', { text: 'disk full' }, { retry: 'annotated' });
  t.deepEqual({ success, isError, code, output, attempts }, { success: false, isError: true, code: 'ERR_TOOL', output: 'disk full\n', attempts: 1 });
  t.regex(error, /disk full/);
});

test.serial('a timeout says Timeout, is told to the server and hurts no neighbour', async (t) => {
  const neighbour = callToolAsync('stand', 'hold');
  await until('held', 1);
  const before = Number((await callToolAsync('stand', 'cancellations')).output);
  const late = await callToolAsync('stand', 'hold', {}, 30);
  t.like(late, { success: false, error: 'Timeout', code: 'ERR_CALL_TIMEOUT', output: '' });
  t.true(late.durationMs >= 30);
  await until('cancellations', before + 1);
  await callToolAsync('stand', 'release');
  t.is((await neighbour).output, 'released\n');
});

test.serial('an abort before the call, in the queue and in flight', async (t) => {
  const reason = new Error('changed my mind');
  t.like(await callToolAsync('stand', 'hold', {}, { signal: AbortSignal.abort(reason) }), { success: false, error: 'Aborted', code: 'ERR_ABORTED' });

  procman.mcpSemaphore.resize(1);
  const first = callToolAsync('stand', 'hold');
  const [inQueue, inFlight] = [new AbortController(), new AbortController()];
  const queued = callToolAsync('stand', 'echo', { text: 'never' }, { signal: inQueue.signal });
  t.is(getSemaphoreStatus().queued, 1);
  inQueue.abort(reason);
  t.like(await queued, { error: 'Aborted', code: 'ERR_ABORTED', attempts: 0 });
  t.is(getSemaphoreStatus().queued, 0);
  procman.mcpSemaphore.resize(8);

  const before = Number((await callToolAsync('stand', 'cancellations')).output);
  const flying = callToolRaw('stand', 'hold', {}, { signal: inFlight.signal });
  await until('held', 2);
  inFlight.abort(reason);
  const error = await t.throwsAsync(flying, { code: 'ERR_ABORTED', name: 'AbortError' });
  t.is(error.cause, reason);
  await until('cancellations', before + 1);
  await callToolAsync('stand', 'release');
  t.true((await first).success);
});

test.serial('progress is heard, and starts the timeout anew where that is asked for, up to the total', async (t) => {
  const seen = [];
  const options = { timeoutMs: 400, resetTimeoutOnProgress: true, onProgress: (progress) => seen.push(progress) };
  const slow = await callToolAsync('stand', 'progress', { steps: 5, everyMs: 150 }, options);
  t.is(slow.output, '5 steps\n', slow.error);
  t.true(slow.durationMs > 400);
  t.deepEqual(seen[0], { progress: 1, total: 5, message: 'step 1' });
  t.is(seen.length, 5);

  const bounded = await callToolAsync('stand', 'progress', { steps: 1000, everyMs: 20 }, { timeoutMs: 400, maxTotalMs: 500, resetTimeoutOnProgress: true });
  t.is(bounded.error, 'Timeout');
  t.true(bounded.durationMs >= 500);

  const stubborn = await callToolAsync('stand', 'progress', { steps: 1000, everyMs: 20 }, { timeoutMs: 100, onProgress: () => {} });
  t.is(stubborn.error, 'Timeout', 'progress alone does not lengthen it');
});

test.serial('a listener of progress that throws costs neither its call nor another one its answer', async (t) => {
  const warned = new Promise((resolve) => process.once('warning', resolve));
  const thrower = () => {
    throw new Error('mine');
  };
  const [loud, quiet] = await Promise.all([
    callToolAsync('stand', 'progress', { steps: 2, everyMs: 10 }, { onProgress: thrower }),
    callToolAsync('stand', 'echo', { text: 'fine' }),
  ]);
  t.is(loud.output, '2 steps\n');
  t.is(quiet.output, 'fine\n');
  t.regex((await warned).message, /onProgress of progress threw.*mine/s);
});

test.serial('what may have run is not run again, unless the tool is annotated and the caller trusts that', async (t) => {
  const run = async (tool, options) => {
    const file = inFolder(`${tool}-${options?.retry}`);
    const outcome = await callToolAsync('stand', tool, { file }, options);
    return { success: outcome.success, code: outcome.code, attempts: outcome.attempts, runs: lines(path.basename(file)) };
  };
  t.deepEqual(await run('die_once'), { success: false, code: 'ERR_SERVER_EXITED', attempts: 1, runs: 1 });
  t.deepEqual(await run('die_once_safe'), { success: false, code: 'ERR_SERVER_EXITED', attempts: 1, runs: 1 });
  t.deepEqual(await run('die_once', { retry: 'annotated' }), { success: false, code: 'ERR_SERVER_EXITED', attempts: 1, runs: 1 });
  t.deepEqual(await run('die_once_safe', { retry: 'annotated' }), { success: true, code: undefined, attempts: 2, runs: 2 });
});

test.serial('a call that may not be run again is told so before one that may was run again', async (t) => {
  // Each waits for a time of its own, so the right order could come about by chance once.
  for (const round of [1, 2, 3]) {
    const order = [];
    const told = (name) => (outcome) => order.push([name, outcome.success]);
    const options = { retry: 'annotated', maxRetries: 1 };
    const held = callToolAsync('stand', 'hold', {}, options);
    while ((await callToolAsync('stand', 'held')).output !== '1\n');
    const dying = callToolAsync('stand', 'die_once_safe', { file: inFolder(`order-${round}`) }, options);
    await Promise.all([held.then(told('hold')), dying.then(told('die_once_safe'))]);
    t.deepEqual(order, [['hold', false], ['die_once_safe', true]]);
  }
});

test.serial('what was never sent is tried again, as often as allowed', async (t) => {
  const once = await callToolAsync('dies', 'any', {}, { maxRetries: 1 });
  t.like(once, { success: false, attempts: 2 });
  t.regex(once.error, /left-pad/, 'the tail of stderr is quoted');
  t.like(await callToolAsync('dies', 'any', {}, { maxRetries: 0 }), { success: false, attempts: 1 });
});

test.serial('a crash is told with status and stderr, and the next call gets a new server', async (t) => {
  const { pid } = await callToolAsync('echo', 'pid');
  const waiting = callToolAsync('echo', 'sleep', { ms: 600_000 });
  const crash = await callToolAsync('echo', 'exit', { code: 3 });
  t.like(crash, { success: false, code: 'ERR_SERVER_EXITED', pid });
  t.regex(crash.error, /3/);
  t.regex(crash.error, /leaving with 3 as asked/);
  t.is((await waiting).code, 'ERR_SERVER_EXITED', 'its neighbour is told at once');
  const next = await callToolAsync('echo', 'pid');
  t.true(next.success);
  t.not(next.pid, pid);
});

test.serial('a call is listed from the grant of its slot until it settles, with the pid once there is one', async (t) => {
  const gate = callToolAsync('gated', 'echo', { text: 'x' });
  const [starting] = getActiveProcesses();
  t.like(starting, { server: 'gated', tool: 'echo', pid: null, transport: 'stdio' });
  t.true(Math.abs(Date.now() - starting.startTime) < 60_000);
  fs.writeFileSync(inFolder('gate'), 'go');
  const { pid } = await gate;
  procman.mcpSemaphore.resize(1);
  const running = callToolAsync('gated', 'hold', {}, 200);
  const queued = callToolAsync('gated', 'echo', { text: 'y' });
  t.deepEqual(getActiveProcesses().map(({ tool, pid: serving }) => [tool, serving]), [['hold', pid]], 'what is queued is not listed');
  t.is((await running).error, 'Timeout');
  t.is((await queued).output, 'y\n');
  procman.mcpSemaphore.resize(8);
  t.deepEqual(getActiveProcesses(), [], 'the original lost track here');
  await procman.closeServer('gated', { graceMs: 0 });
});

test.serial('a start goes on after its caller gave up, and the next caller gets that server', async (t) => {
  const before = lines('gated');
  const impatient = await callToolAsync('gated', 'echo', { text: 'x' }, 50);
  t.is(impatient.error, 'Timeout');
  const patient = callToolAsync('gated', 'echo', { text: 'warm' });
  fs.writeFileSync(inFolder('gate'), 'go');
  t.is((await patient).output, 'warm\n');
  t.is(lines('gated'), before + 1);
});

test.serial('closeServer gives up a start, and its caller is told', async (t) => {
  await procman.closeServer('gated', { graceMs: 0 });
  const before = lines('gated');
  const waiting = callToolAsync('gated', 'echo', { text: 'x' });
  // The stand-in waits at its gate, which nobody opens; one round trip to another server is enough for it to be on its way.
  await callToolAsync('crowd', 'pid');
  await procman.closeServer('gated', { graceMs: 0 });
  t.is((await waiting).code, 'ERR_CLOSED');
  t.true(lines('gated') - before <= 1);
  await procman.closeServer('crowd', { graceMs: 0 });
  fs.rmSync(inFolder('crowd'));
});

test.serial('ten callers at once cause one start', async (t) => {
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => callToolAsync('crowd', 'pid')));
  t.is(new Set(outcomes.map(({ output }) => output)).size, 1);
  t.is(lines('crowd'), 1);
});

test.serial('the blocking form works beside asynchronous calls in flight, and takes no slot', async (t) => {
  procman.mcpSemaphore.resize(1);
  const flying = callToolAsync('echo', 'sleep', { ms: 50 });
  const big = 'x'.repeat(2 ** 20);
  t.is(callTool('echo', 'echo', { text: big }).output.length, big.length + 1);
  t.like(callTool('stand', 'hold', {}, 30), { success: false, error: 'Timeout' });
  t.is((await flying).output, 'slept\n');
  procman.mcpSemaphore.resize(8);
});

test.serial('closeServer ends the server with its processes; its calls are told, the next one starts it again', async (t) => {
  const { pid } = await callToolAsync('stand', 'pid');
  const { shim } = await guardiansOf(pid);
  const waiting = callToolAsync('stand', 'hold');
  await procman.closeServer('stand', { graceMs: 0 });
  t.is((await waiting).code, 'ERR_CLOSED');
  await gone([pid, shim]);
  t.is(procman.listServers().find(({ name }) => name === 'stand').running, 0);
  t.not((await callToolAsync('stand', 'pid')).pid, pid);
});

test.serial('closeServer of a server that never ran does nothing, and of one that nobody configured says so', async (t) => {
  await procman.closeServer('never-started');
  await t.throwsAsync(procman.closeServer('nobody'), { code: 'ERR_SERVER_UNKNOWN', message: /'nobody'.*stand/s });
});

test.serial('an answer over the cap fails its own call only', async (t) => {
  const waiting = callToolAsync('echo', 'sleep', { ms: 100 });
  t.like(await callToolAsync('echo', 'big', { bytes: 65 * 2 ** 20 }), { success: false, code: 'ERR_CALL_TOO_LARGE' });
  t.is((await waiting).output, 'slept\n');
});

test.serial('a caller that waits too long for a slot is rejected', async (t) => {
  await procman.shutdown({ graceMs: 0 });
  open({ maxConcurrent: 1, queueTimeout: 40, maxQueue: 1 });
  const first = callToolAsync('stand', 'hold');
  const second = callToolAsync('stand', 'echo');
  await t.throwsAsync(callToolAsync('stand', 'echo'), { code: 'ERR_SEMAPHORE_QUEUE_FULL' });
  await t.throwsAsync(second, { code: 'ERR_SEMAPHORE_TIMEOUT' });
  await procman.closeServer('stand', { graceMs: 0 });
  t.is((await first).code, 'ERR_CLOSED');
});

test.serial('shutdown ends everything, again without harm; configure opens it anew', async (t) => {
  await procman.shutdown();
  open();
  const { pid } = await callToolAsync('echo', 'pid');
  const { guard } = await guardiansOf(pid);
  const flying = callToolAsync('echo', 'sleep', { ms: 600_000 });
  await Promise.all([procman.shutdown(), procman.shutdown()]);
  t.is((await flying).code, 'ERR_CLOSED');
  await gone([pid, guard]);
  t.like(await callToolAsync('echo', 'pid'), { success: false, code: 'ERR_CLOSED' });
  t.is(callTool('echo', 'pid').code, 'ERR_CLOSED');
  await t.throwsAsync(callToolRaw('echo', 'pid'), { code: 'ERR_CLOSED' });
  await t.throwsAsync(procman.spawn('true'), { code: 'ERR_CLOSED' });
  t.is(getSemaphoreStatus().current, 0);
  open();
  t.true((await callToolAsync('echo', 'pid')).success);
});

test.serial('spawns and calls under way during shutdown all settle', async (t) => {
  const spawns = Array.from({ length: 40 }, () => procman.spawn('sleep', ['1000'], { stdio: 'ignore' }));
  const calls = Array.from({ length: 8 }, () => callToolAsync('crowd', 'pid'));
  const closing = procman.shutdown({ graceMs: 0 });
  const results = await Promise.allSettled([...spawns, ...calls]);
  await closing;
  for (const { status, value, reason } of results) {
    if (status === 'rejected') t.is(reason.code, 'ERR_CLOSED', reason.message);
    else if (value.exited !== undefined) t.is((await value.exited).cause, 'stop');
    else t.true(value.success || value.code === 'ERR_CLOSED', value.error);
  }
  open();
});
