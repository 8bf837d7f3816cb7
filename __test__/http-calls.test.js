'use strict';
// Tool calls of HTTP servers: the same outcomes, limits and lists as of servers over stdio.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { copyPackage } = require('./helpers/package-copy.js');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { httpFixture } = require('./helpers/http-fixture.js');
const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const { callTool, callToolAsync, callToolRaw, getActiveProcesses, getSemaphoreStatus, listServers } = procman;
let fixture;

test.before(async () => {
  fixture = await httpFixture();
  const url = (name) => ({ url: fixture.url(name) });
  const paths = ['lost', 'hangup', 'busy', 'broken', 'quoting'].map((name) => [name, url(name)]);
  procman.configure({
    maxConcurrent: 4,
    servers: { mute: url('mute'), slow: { ...url('mute'), procman: { startTimeout: 100 } }, web: url('mcp'), other: url('mcp'), away: { url: 'http://127.0.0.1:9/mcp' }, stand: standIn({}), ...Object.fromEntries(paths) },
  });
});
nothingInFlightAfterEach(test);
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  await fixture.stop();
});

/** Asks the server's own side until it says so; each question is one round trip. */
async function until(holds) {
  while (!holds(await fixture.control()));
}

test.serial('an outcome has the text of mcporter, the raw result and times, and no pid', async (t) => {
  const outcome = await callToolAsync('web', 'rich');
  t.like(outcome, { success: true, output: '{\n  "b": [\n    1,\n    2\n  ]\n}\n', attempts: 1 });
  t.false('pid' in outcome);
  t.deepEqual(outcome.result['x-more'], { deep: true });
  t.true(outcome.durationMs > 0 && outcome.queuedMs >= 0);
  t.regex((await callToolAsync('web', 'image')).output, /^\{ content: \[ \{ type: 'image'/);
});

test.serial('the text of a result is the same over HTTP and over stdio', async (t) => {
  const said = JSON.stringify([{ gid: '1', name: 'Ad Ops' }]);
  const native = await callToolAsync('stand', 'list_workspaces', {});
  t.is((await callToolAsync('web', 'echo', { text: said })).output, native.output);
});

test.serial('what the tool calls an error is its answer', async (t) => {
  const { success, isError, code, output, attempts } = await callToolAsync('web', 'fail', { text: 'disk full' }, { retry: 'annotated' });
  t.deepEqual({ success, isError, code, output, attempts }, { success: false, isError: true, code: 'ERR_TOOL', output: 'disk full\n', attempts: 1 });
});

test.serial('one session is kept and shared, also by calls that come while it opens', async (t) => {
  await procman.closeServer('web');
  const { initialized } = await fixture.control();
  const said = await Promise.all([1, 2, 3, 4].map((n) => callToolAsync('web', 'echo', { text: `n${n}` })));
  t.deepEqual(said.map(({ output }) => output), ['n1\n', 'n2\n', 'n3\n', 'n4\n']);
  await callToolAsync('web', 'echo', { text: 'again' });
  t.is((await fixture.control()).initialized, initialized + 1);
  t.like(listServers().find(({ name }) => name === 'web'), { transport: 'http', running: 1 });
  const { deleted } = await fixture.control();
  await procman.closeServer('web');
  t.is(listServers().find(({ name }) => name === 'web').running, 0);
  t.is((await fixture.control()).deleted, deleted + 1);
});

test.serial('a call holds its slot and its place on the list until it settles', async (t) => {
  const calls = [1, 2, 3, 4].map(() => callToolAsync('web', 'hold'));
  await until(({ held }) => held === 4);
  const queued = callToolAsync('other', 'echo', { text: 'late' });
  t.like(getSemaphoreStatus(), { current: 4, queued: 1 });
  t.is(getActiveProcesses().length, 4);
  t.like(getActiveProcesses()[0], { pid: null, server: 'web', tool: 'hold', transport: 'http' });
  await fixture.control({ release: true });
  t.deepEqual(new Set((await Promise.all(calls)).map(({ output }) => output)), new Set(['released\n']));
  t.true((await queued).queuedMs > 0);
});

test.serial('a timeout says Timeout, is told to the server and hurts no neighbour', async (t) => {
  const neighbour = callToolAsync('web', 'hold');
  await until(({ held }) => held === 1);
  const { cancelled } = await fixture.control();
  const late = await callToolAsync('web', 'hold', {}, 50);
  t.like(late, { success: false, error: 'Timeout', code: 'ERR_CALL_TIMEOUT', output: '', attempts: 1 });
  t.true(late.durationMs >= 50);
  await until((state) => state.cancelled === cancelled + 1);
  await fixture.control({ release: true });
  t.is((await neighbour).output, 'released\n');
});

test.serial('an abort before the call and in flight', async (t) => {
  t.like(await callToolAsync('web', 'hold', {}, { signal: AbortSignal.abort() }), { success: false, error: 'Aborted', code: 'ERR_ABORTED' });
  const { cancelled } = await fixture.control();
  const abort = new AbortController();
  const call = callToolRaw('web', 'hold', {}, { signal: abort.signal });
  await until(({ held }) => held === 1);
  const reason = new Error('changed my mind');
  abort.abort(reason);
  t.is((await t.throwsAsync(call, { code: 'ERR_ABORTED', name: 'AbortError' })).cause, reason);
  t.deepEqual(getActiveProcesses(), [], 'the list is that of the moment at which the caller hears of it');
  await until((state) => state.cancelled === cancelled + 1 && state.held === 0);

  const told = new AbortController();
  const outcome = callToolAsync('web', 'hold', {}, { signal: told.signal });
  await until(({ held }) => held === 1);
  told.abort();
  t.like(await outcome, { error: 'Aborted', attempts: 1 });
  t.true((await outcome).durationMs > 0);
  t.is(procman.getSemaphoreStatus().current, 0);
});

test.serial('progress reaches its caller only, and keeps a call alive that asks for it', async (t) => {
  const heard = [];
  const [lively] = await Promise.all([
    callToolAsync('web', 'steps', { count: 6, everyMs: 100 }, { timeoutMs: 400, resetTimeoutOnProgress: true, onProgress: (p) => heard.push(p) }),
    callToolAsync('web', 'steps', { count: 2, everyMs: 10 }, { onProgress: ({ total }) => t.is(total, 2) }),
  ]);
  t.is(lively.output, 'done\n');
  t.deepEqual(heard.map(({ progress }) => progress), [1, 2, 3, 4, 5, 6]);
  t.deepEqual(heard[0], { progress: 1, total: 6, message: 'step 1' });
  const limited = await callToolAsync('web', 'steps', { count: 600, everyMs: 100 }, { timeoutMs: 400, maxTotalMs: 600, resetTimeoutOnProgress: true });
  t.is(limited.error, 'Timeout');
  t.true(limited.durationMs >= 600);
});

test.serial('a session that the server forgot is begun again, and the call with it', async (t) => {
  await callToolAsync('web', 'echo', { text: 'first' });
  const { initialized, calls } = await fixture.control({ forget: true });
  const said = await Promise.all([1, 2, 3].map((n) => callToolAsync('web', 'echo', { text: `n${n}` }, { maxRetries: 0 })));
  t.deepEqual(said.map(({ output, attempts }) => [output, attempts]), [['n1\n', 2], ['n2\n', 2], ['n3\n', 2]]);
  const after = await fixture.control();
  t.is(after.initialized, initialized + 1);
  t.is(after.calls.echo, calls.echo + 3);
});

for (const server of ['lost', 'hangup']) {
  test.serial(`a connection that ends without an answer (${server}) fails its call at once, and nothing is sent twice`, async (t) => {
    const failed = await callToolAsync(server, 'hold');
    t.like(failed, { success: false, code: 'ERR_SERVER_EXITED', attempts: 1 });
    t.is((await fixture.control()).calls[`/${server}`], 1);
  });
}

test.serial('what may have run is sent again only where the tool says that it is harmless', async (t) => {
  const { calls } = await fixture.control({ set: { calls: {} } });
  t.deepEqual(calls, {});
  t.is((await callToolAsync('lost', 'echo', { text: 'x' }, { retry: 'annotated', maxRetries: 1 })).attempts, 2);
  t.is((await callToolAsync('lost', 'hold', {}, { retry: 'annotated', maxRetries: 1 })).attempts, 1);
  t.is((await fixture.control()).calls['/lost'], 3);
});

test.serial('a server that is away is tried again, because nothing was sent', async (t) => {
  await fixture.control({ set: { unavailable: 1 } });
  t.like(await callToolAsync('busy', 'echo', { text: 'back' }), { success: true, output: 'back\n', attempts: 2 });
  t.like(await callToolAsync('away', 'echo', {}, { maxRetries: 0 }), { success: false, code: 'ERR_SERVER_START', attempts: 1 });
});

test.serial('a server that never answers: timeouts hold, and neither closeServer nor the next call waits for it', async (t) => {
  const started = performance.now();
  t.like(await callToolAsync('mute', 'echo', {}, 100), { success: false, error: 'Timeout' });
  const waiting = callToolAsync('mute', 'echo');
  await procman.closeServer('mute');
  t.like(await waiting, { success: false, code: 'ERR_CLOSED', attempts: 1 });
  t.like(callTool('mute', 'echo', {}, 100), { success: false, error: 'Timeout' });
  await procman.closeServer('mute');
  t.true(performance.now() - started < 10_000);
  t.like(await callToolAsync('slow', 'echo', {}, { maxRetries: 0 }), { success: false, code: 'ERR_SERVER_START' });
});

test.serial('what is no MCP server is told by its code', async (t) => {
  const { code, error } = await callToolAsync('broken', 'echo', {}, { maxRetries: 0 });
  t.is(code, 'ERR_SERVER_PROTOCOL');
  t.regex(error, /server 'broken' at http:\/\/127\.0\.0\.1:\d+\/broken .*Unexpected content type: text\/html/);
  const refused = await t.throwsAsync(callToolRaw('quoting', 'echo', {}, { maxRetries: 0 }), { code: 'ERR_SERVER_PROTOCOL' });
  t.is(refused.details.status, 500);
  const rpc = await t.throwsAsync(procman.request('web', 'no/such'), { code: 'ERR_RPC' });
  t.is(rpc.details.rpcCode, -32601);
});

test.serial('tools, other requests and large results come over the same path', async (t) => {
  t.true((await procman.listTools('web')).some(({ name }) => name === 'hold'));
  t.deepEqual(await procman.request('web', 'ping'), {});
  t.is((await callToolAsync('web', 'big', { bytes: 5_000_000 })).output.length, 5_000_001);
});

test.serial('the blocking form reaches them through a helper thread, and its timeout holds', async (t) => {
  t.like(callTool('web', 'echo', { text: 'blocked' }), { success: true, output: 'blocked\n', attempts: 1 });
  t.is(callTool('web', 'big', { bytes: 2_000_000 }).output.length, 2_000_001);
  const started = performance.now();
  t.like(callTool('web', 'hold', {}, 200), { success: false, error: 'Timeout', code: 'ERR_CALL_TIMEOUT' });
  t.true(performance.now() - started < 3000);
  t.like(callTool('broken', 'echo', {}, 1000), { success: false, code: 'ERR_SERVER_PROTOCOL' });
  t.is(callTool('web', 'echo', { text: 'still there' }, Infinity).output, 'still there\n');
});

test.serial('closeServer() knows a server whose only session is that of a blocking call, its entry gone', async (t) => {
  const script = `
    const fs = require('node:fs');
    const procman = require('.');
    const write = (servers) => fs.writeFileSync(process.env.FILE, JSON.stringify({ mcpServers: servers }));
    (async () => {
      write({ web: { url: ${JSON.stringify(fixture.url('mcp'))} } });
      procman.configure({ configPath: process.env.FILE });
      console.log(procman.callTool('web', 'echo', { text: 'x' }).success);
      write({});
      await procman.callToolAsync('nobody', 'x');
      await procman.closeServer('web');
      console.log(await procman.closeServer('web').catch(({ code }) => code));
      await procman.shutdown();
    })();`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-http-calls-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const { stdout, stderr } = await runNode(script, { env: { FILE: path.join(folder, 'servers.json') } });
  t.is(stdout, 'true\nERR_SERVER_UNKNOWN\n', stderr);
});

test.serial('a blocking call in the middle of asynchronous ones: no deadlock, whoever holds the slots', async (t) => {
  const calls = [1, 2, 3, 4, 5, 6].map((n) => callToolAsync('web', 'echo', { text: `n${n}` }));
  t.is(callTool('web', 'echo', { text: 'now' }).output, 'now\n');
  t.deepEqual((await Promise.all(calls)).map(({ output }) => output), ['n1\n', 'n2\n', 'n3\n', 'n4\n', 'n5\n', 'n6\n']);
});

test.serial('requiring the package loads neither the client nor lib/http, and a stdio call does not either', async (t) => {
  const { stdout, stderr } = await runNode(
    `const procman = require('.');
     const { standIn } = require('./__test__/helpers/programs.js');
     const loaded = () => Object.keys(require.cache).filter((file) => /modelcontextprotocol|lib.http/.test(file)).length;
     (async () => {
       procman.configure({ servers: { stand: standIn({}), web: { url: ${JSON.stringify(fixture.url('mcp'))} } } });
       const before = loaded();
       await procman.callToolAsync('stand', 'list_workspaces');
       const stdio = loaded();
       await procman.callToolAsync('web', 'echo', { text: 'x' });
       console.log(JSON.stringify({ before, stdio, http: loaded() > 0 }));
     })();`,
  );
  t.deepEqual(JSON.parse(stdout || stderr), { before: 0, stdio: 0, http: true });
});

test.serial('where the client package is not installed, HTTP servers say what to install and all else works', async (t) => {
  const { folder } = copyPackage(t);
  const { stdout, stderr } = await runNode(
    `const procman = require(${JSON.stringify(folder)});
     const { standIn } = require('./__test__/helpers/programs.js');
     procman.configure({ servers: { stand: standIn({}), web: { url: ${JSON.stringify(fixture.url('mcp'))} } } });
     (async () => {
       const calls = [await procman.callToolAsync('web', 'echo'), procman.callTool('web', 'echo'), await procman.callToolAsync('stand', 'list_workspaces')];
       console.log(JSON.stringify(calls.map(({ success, code, error }) => ({ success, code, error }))));
     })();`,
    { env: { NODE_PATH: '' } },
  );
  const [called, blocked, stdio] = JSON.parse(stdout || stderr);
  t.like(called, { success: false, code: 'ERR_UNSUPPORTED' });
  t.regex(called.error, /npm install @modelcontextprotocol\/client/);
  t.like(blocked, called);
  t.true(stdio.success);
});

test.serial('a program ends by itself when its calls are over, open sessions and the helper thread notwithstanding', async (t) => {
  const { code, stdout } = await runNode(
    `const procman = require('.');
     procman.configure({ servers: { web: { url: ${JSON.stringify(fixture.url('mcp'))} } } });
     procman.callToolAsync('web', 'echo', { text: 'one' }).then(({ output }) => console.log(output + procman.callTool('web', 'echo', { text: 'two' }).output));`,
  );
  t.deepEqual({ code, stdout }, { code: 0, stdout: 'one\ntwo\n\n' });
});

test.serial('a worker has sessions of its own, and its calls leave the list with it', async (t) => {
  const { Worker } = require('node:worker_threads');
  const worker = new Worker(`require(${JSON.stringify(require.resolve('..'))}).callToolAsync('web', 'hold');`, { eval: true });
  await until(({ held }) => held === 1);
  t.is(getActiveProcesses().length, 1);
  await worker.terminate();
  await fixture.control({ release: true });
});

test.serial('after shutdown the sessions are over and calls get ERR_CLOSED', async (t) => {
  await callToolAsync('other', 'echo', { text: 'x' });
  const pending = callToolAsync('web', 'hold');
  await until(({ held }) => held === 1);
  await procman.shutdown();
  t.is((await pending).code, 'ERR_CLOSED');
  t.is((await callToolAsync('web', 'echo')).code, 'ERR_CLOSED');
  t.is(callTool('web', 'echo').code, 'ERR_CLOSED');
  await fixture.control({ release: true });
});
