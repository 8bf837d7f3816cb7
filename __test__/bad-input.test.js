'use strict';
// Bad input: every error names the value, the rule and the next step.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { copyPackage } = require('./helpers/package-copy.js');
const { echoServer, example, standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const { callTool, callToolAsync, callToolRaw, configure, spawn, Semaphore } = procman;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-bad-'));
const config = path.join(folder, 'mcporter.json');
const MISSING = 'procman-no-such-command';

fs.writeFileSync(
  config,
  JSON.stringify({
    imports: [],
    mcpServers: {
      'asana-v2': standIn(),
      missing: { command: MISSING },
      variable: { command: 'true', args: ['${PROCMAN_TEST_UNSET}'] },
      prose: { command: example('hostile_server'), args: ['no-json'] },
      talker: { command: 'echo', args: ['Usage: talker'] },
      neither: {},
      number: { command: 5 },
      nowhere: { command: 'true', cwd: '/procman/no/such/folder' },
    },
  }, null, 2),
);

test.before(() => configure({ configPath: config, maxRetries: 0 }));
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

const cyclic = {};
cyclic.self = cyclic;

/** What is called, the code of its error, and what the message says. */
const ARGUMENTS = {
  'a server that is no string': [() => callToolAsync(5, 'x'), /server must be a non-empty string; got 5/],
  'an empty server': [() => callToolAsync('', 'x'), /server must be a non-empty string; got ""/],
  'a server with NUL': [() => callToolAsync('a\0b', 'x'), /server must be a string without NUL/],
  'no tool': [() => callToolAsync('asana-v2'), /tool must be a non-empty string; got undefined/],
  'arguments that are an array': [() => callToolAsync('asana-v2', 'echo', [1]), /args must be an object; got an array/],
  'arguments that are null': [() => callToolAsync('asana-v2', 'echo', null), /args must be an object; got null/],
  'arguments that are text': [() => callToolAsync('asana-v2', 'echo', '{}'), /args must be an object; got "\{\}"/],
  'cyclic arguments': [() => callToolAsync('asana-v2', 'echo', cyclic), /args cannot be written as JSON: .*circular.*; pass plain data/],
  'a BigInt in the arguments': [() => callToolAsync('asana-v2', 'echo', { n: 1n }), /args cannot be written as JSON: .*BigInt.*; pass plain data/],
  'arguments whose toJSON gives text': [() => callToolAsync('asana-v2', 'echo', { toJSON: () => 'x' }), /args must be an object whose toJSON\(\) gives an object/],
  'a negative timeout': [() => callToolAsync('asana-v2', 'echo', {}, -1), /options\.timeoutMs must be .* 0 or more .*; got -1/],
  'a timeout that is NaN': [() => callToolAsync('asana-v2', 'echo', {}, NaN), /options\.timeoutMs .*; got NaN/],
  'a timeout that is text': [() => callToolAsync('asana-v2', 'echo', {}, { timeoutMs: '5' }), /options\.timeoutMs .*; got "5"/],
  'a total that is NaN': [() => callToolAsync('asana-v2', 'echo', {}, { maxTotalMs: NaN }), /options\.maxTotalMs .*; got NaN/],
  'half a retry': [() => callToolAsync('asana-v2', 'echo', {}, { maxRetries: 0.5 }), /options\.maxRetries must be a whole number, 0 or more; got 0\.5/],
  'retries beyond 32 bits': [() => callToolAsync('asana-v2', 'echo', {}, { maxRetries: 2 ** 32 }), /options\.maxRetries must be at most 2147483647; got 4294967296/],
  'a user id beyond 32 bits, which would wrap to that of root': [() => procman.killProcessTree(2 ** 22, { uids: [2 ** 32] }), /options\.uids\[0\] must be a user id: a whole number from 0 to 4294967294; got 4294967296/],
  'an unknown retry rule': [() => callToolAsync('asana-v2', 'echo', {}, { retry: 'always' }), /options\.retry must be one of 'never-sent', 'annotated'; got "always"/],
  'a signal that is none': [() => callToolAsync('asana-v2', 'echo', {}, { signal: {} }), /options\.signal must be an AbortSignal/],
  'a listener that is none': [() => callToolAsync('asana-v2', 'echo', {}, { onProgress: 1 }), /options\.onProgress must be a function; got 1/],
  'options that are text': [() => callToolAsync('asana-v2', 'echo', {}, 'fast'), /options must be a number of milliseconds or an object; got "fast"/],
  'the same in the blocking form': [() => callTool('asana-v2', 'echo', cyclic), /args cannot be written as JSON/],
  'the same in the raw form': [() => callToolRaw('asana-v2', 'echo', 5), /args must be an object; got 5/],
  'parameters that are no object': [() => procman.request('asana-v2', 'ping', 5), /params must be an object; got 5/],
  'closeServer without a name': [() => procman.closeServer(), /server must be a non-empty string/],
  'a negative grace': [() => procman.closeServer('asana-v2', { graceMs: -1 }), /options\.graceMs .*; got -1/],
  'a transport without a command': [() => new procman.StdioTransport({}), /server\.command must be a non-empty string; got undefined/],
  'a transport whose command is a number': [() => new procman.StdioTransport({ command: 5 }), /server\.command must be a non-empty string; got 5/],
  'a transport with an argument that is none': [() => new procman.StdioTransport({ command: 'x', args: [5] }), /server\.args\[0\] must be a string; got 5/],
  'closeServer with null': [() => procman.closeServer('asana-v2', null), /options must be an object; got null/],
  'shutdown with null': [() => procman.shutdown(null), /options must be an object; got null/],
  'shutdown of a pool with null': [() => new procman.MCPServerPool({ server: 'asana-v2' }).shutdown(null), /options must be an object; got null/],
  'shutdown with a grace of NaN': [() => procman.shutdown({ graceMs: NaN }), /options\.graceMs .*; got NaN/],
  'a limit of 0': [() => new Semaphore(0), /maxConcurrent must be an integer from 1 .*; got 0/],
  'a negative limit': [() => configure({ maxConcurrent: -1 }), /maxConcurrent must be an integer from 1 .*; got -1/],
  'a limit of NaN': [() => procman.mcpSemaphore.resize(NaN), /maxConcurrent must be an integer from 1 .*; got NaN/],
  'a queue timeout of NaN': [() => configure({ queueTimeout: NaN }), /queueTimeout .*; got NaN/],
  'an unknown option of configure': [() => configure({ maxConcurent: 3 }), /keys out of maxConcurrent.*; got "maxConcurent"/],
  'servers that are an array': [() => configure({ servers: [] }), /options\.servers must be an object; got an array/],
  'a command with NUL': [() => spawn('a\0b'), /command must be a string without NUL/],
  'no command': [() => spawn(), /command must be a non-empty string; got undefined/],
  'an argument with NUL': [() => spawn('true', ['a\0b']), /args\[0\] must be a string without NUL bytes; got "a\\u0000b"/],
  'a hole in the arguments': [() => spawn('true', [, 'x']), /args\[0\] must be a string; got undefined/],
  'an argument that is a number': [() => spawn('true', [1]), /args\[0\] must be a string; got 1/],
  'arguments of a command that are text': [() => spawn('true', '-x'), /args must be an array of strings; got "-x"/],
  'a cwd with NUL': [() => spawn('true', [], { cwd: '/\0' }), /options\.cwd must be a string without NUL/],
  'an environment that is text': [() => spawn('true', [], { env: 'A=B' }), /options\.env must be an object; got "A=B"/],
  'an environment that is a number': [() => spawn('true', [], { env: 5 }), /options\.env must be an object; got 5/],
  'an environment that is an array': [() => spawn('true', [], { env: ['A=B'] }), /options\.env must be an object; got an array/],
  'a word for whether to inherit': [() => spawn('true', [], { inheritEnv: 'no' }), /options\.inheritEnv must be true or false; got "no"/],
  'a variable with NUL': [() => spawn('true', [], { env: { A: 'x\0' } }), /options\.env\.A must be a string without NUL/],
  'a variable\'s name with =': [() => spawn('true', [], { env: { 'A=B': 'x' } }), /a key of options\.env must be .*; got "A=B"/],
  'a stream mode that is unknown': [() => spawn('true', [], { stdio: ['pipe', 'pip', 'pipe'] }), /options\.stdio\[1\] must be one of 'pipe', 'inherit', 'ignore'; got "pip"/],
  'two streams': [() => spawn('true', [], { stdio: ['pipe', 'pipe'] }), /options\.stdio must be one mode, or an array of three/],
  'a negative time for a unit': [() => spawn('true', [], { timeoutMs: -5 }), /options\.timeoutMs .*; got -5/],
  'what becomes of leftovers': [() => spawn('true', [], { leftovers: 'keep' }), /options\.leftovers must be one of 'stop', 'wait'; got "keep"/],
};

for (const [name, [act, says]] of Object.entries(ARGUMENTS)) {
  test(`wrong argument: ${name}`, async (t) => {
    const error = await t.throwsAsync(async () => act(), { code: 'ERR_INVALID_ARGUMENT' });
    t.regex(error.message, says);
    t.false(error.retryable);
  });
}

/** What resolves with a failure, its code, and what the message says. */
const CALLS = {
  'an unknown server': ['asana-v3', 'ERR_SERVER_UNKNOWN', [/'asana-v3' is not configured/, /did you mean asana-v2\?/, /mcporter\.json/]],
  'an unknown tool': ['asana-v2', 'ERR_RPC', [/Unknown tool: no-such-tool/]],
  'a missing command': ['missing', 'ERR_SPAWN', [new RegExp(MISSING), /ENOENT/, /install it, give its full path/]],
  'a missing variable': ['variable', 'ERR_CONFIG', [/mcporter\.json:\d+:\d+/, /PROCMAN_TEST_UNSET/, /set it, or write a default/]],
  'a server that prints prose and leaves': ['talker', 'ERR_SERVER_START', [/no MCP message/, /Usage: talker/, /run its command by hand/]],
  'an entry with neither command nor url': ['neither', 'ERR_CONFIG', [/mcporter\.json:\d+:\d+/, /neither a "command" nor a "url"/, /give it one/]],
  'a command that is a number': ['number', 'ERR_CONFIG', [/mcporter\.json:\d+:\d+/, /must be a string or a list of strings, not a number/]],
  'a directory that is missing': ['nowhere', 'ERR_SPAWN', [/\/procman\/no\/such\/folder/, /directory does not exist/, /create it/]],
};

for (const [name, [server, code, says]] of Object.entries(CALLS)) {
  test(`bad server: ${name}`, async (t) => {
    for (const outcome of [await callToolAsync(server, 'no-such-tool', {}), callTool(server, 'no-such-tool')]) {
      t.like(outcome, { success: false, code, output: '' }, outcome.error);
      for (const part of says) t.regex(outcome.error, part);
    }
    t.is((await t.throwsAsync(callToolRaw(server, 'no-such-tool'))).code, code);
  });
}

test('bad server: one that prints prose and never answers costs its caller the timeout and no more', async (t) => {
  t.like(await callToolAsync('prose', 'any', {}, 300), { success: false, code: 'ERR_CALL_TIMEOUT', error: 'Timeout' });
  const raw = await t.throwsAsync(callToolRaw('prose', 'any', {}, { timeoutMs: 300 }), { code: 'ERR_CALL_TIMEOUT' });
  t.regex(raw.message, /prose\.any timed out after \d+ ms; raise timeoutMs/);
});

test('a huge argument arrives; one that is larger than any string is refused', async (t) => {
  const text = 'x'.repeat(8 * 2 ** 20);
  const { output } = await callToolAsync('asana-v2', 'echo', { text });
  t.is(output.length, text.length + 1);
  const error = await t.throwsAsync(callToolAsync('asana-v2', 'echo', { text: new Array(600).fill('x'.repeat(2 ** 20)) }), { code: 'ERR_INVALID_ARGUMENT' });
  t.regex(error.message, /args cannot be written as JSON: Invalid string length; pass less, or large data by file/);
});

test('a missing directory, a limit and a missing command of spawn', async (t) => {
  const nowhere = await t.throwsAsync(spawn('true', [], { cwd: '/procman/no/such/folder' }), { code: 'ERR_SPAWN' });
  t.regex(nowhere.message, /`true` could not be started in \/procman\/no\/such\/folder: that directory does not exist \(ENOENT\); create it/);
  const limits = await t.throwsAsync(spawn('true', [], { limits: { maxProcesses: 5 } }), { code: 'ERR_UNSUPPORTED' });
  t.regex(limits.message, /maxProcesses.*leave it out/);
  await t.throwsAsync(spawn('true', [], { limits: { maxMemoryMB: 0 } }), { code: 'ERR_INVALID_ARGUMENT', message: /limits\.maxMemoryMB.*above 0/ });
  const missing = await t.throwsAsync(spawn(MISSING), { code: 'ERR_SPAWN' });
  t.deepEqual([missing.details.command, missing.details.errno], [MISSING, 'ENOENT']);
});

test('configure after the first call is refused and changes nothing', async (t) => {
  await callToolAsync('asana-v2', 'pid');
  t.throws(() => configure({ maxConcurrent: 7 }), { code: 'ERR_CONFIG', message: /before|at start-up/ });
  t.is(procman.getSemaphoreStatus().maxConcurrent, 3);
});

/** Runs a call in a Node of its own and resolves with its outcome. */
async function elsewhere(t, { before = '', env, main = "await procman.callToolAsync('echo', 'pid')" }) {
  const { stdout, stderr, code } = await runNode(
    `${before}
     (async () => {
       const { success, code, message, error } = await (async () => ${main})().catch((e) => e);
       console.log(JSON.stringify({ success, code, error: error ?? message }));
       await procman.shutdown();
     })();`,
    { env },
  );
  t.is(code, 0, stderr);
  return JSON.parse(stdout);
}

test('a malformed configuration is told with file, line, column, rule and next step', async (t) => {
  const broken = path.join(folder, 'broken.json');
  fs.writeFileSync(broken, '{\n  "mcpServers": {\n    "a": { "command": }\n  }\n}\n');
  const { code, error } = await elsewhere(t, { before: `const procman = require('.'); procman.configure({ configPath: ${JSON.stringify(broken)} });` });
  t.is(code, 'ERR_CONFIG');
  t.true(error.startsWith(`${broken}:3:23: the JSON is malformed: `), error);
  t.regex(error, /; correct it there .*, or move the file away$/);
});

test('a configuration that is not there is told with its name', async (t) => {
  const absent = path.join(folder, 'absent.json');
  const { code, error } = await elsewhere(t, { before: `const procman = require('.'); procman.configure({ configPath: ${JSON.stringify(absent)} });` });
  t.is(code, 'ERR_CONFIG');
  t.true(error.includes(absent), error);
});

for (const value of ['0', '-1', 'many', '2.5']) {
  test(`MCP_MAX_CONCURRENT=${value} is told where it is used first, and the call resolves`, async (t) => {
    const { success, code, error } = await elsewhere(t, { before: "const procman = require('.');", env: { MCP_MAX_CONCURRENT: value } });
    t.deepEqual([success, code], [false, 'ERR_CONFIG']);
    t.regex(error, new RegExp(`MCP_MAX_CONCURRENT must be an integer from 1 .* it is "${value.replace('.', '\\.')}". Correct or unset it`));
  });
}

const GUARDS = {
  'is missing': [(guard) => fs.rmSync(guard), /the guard is not at (.*); reinstall the package .* or build it/],
  'is not executable': [(guard) => fs.chmodSync(guard, 0o644), /the guard (.*) may not be run: .*; run `chmod \+x/],
  'is a directory': [(guard) => (fs.rmSync(guard), fs.mkdirSync(guard)), /the guard (.*) is not a file; reinstall/],
  'is another program': [(guard) => fs.copyFileSync('/bin/true', guard), /procman-guard ended before it said that it is a guard; reinstall/],
  'is of another version': [otherVersion, /the guard (.*) is of version 9\.9\.9 and this package of 0\.1\.0; reinstall/],
};

/** The same program, built from another version. */
function otherVersion(guard) {
  const [from, to] = [Buffer.from('0.1.0'), Buffer.from('9.9.9')];
  const bytes = fs.readFileSync(guard);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) to.copy(bytes, at);
  fs.writeFileSync(guard, bytes);
}

for (const [name, [damage, says]] of Object.entries(GUARDS)) {
  test(`a guard that ${name} is told by a call and by spawn, with the fix`, async (t) => {
    const copy = copyPackage(t);
    damage(copy.guard);
    const before = `const procman = require(${JSON.stringify(copy.folder)}); procman.configure({ servers: { echo: ${JSON.stringify(echoServer())} } });`;
    const call = await elsewhere(t, { before });
    t.is(call.code, 'ERR_GUARD', call.error);
    t.regex(call.error, says);
    t.true(call.error.includes(copy.folder));
    const unit = await elsewhere(t, { before, main: "await procman.spawn('true')" });
    t.is(unit.code, 'ERR_GUARD', unit.error);
    t.regex(unit.error, says);
  });
}

test('an addon named by PROCMAN_NATIVE_PATH looks for the guard beside itself', async (t) => {
  const copy = copyPackage(t);
  const addon = fs.readdirSync(copy.folder).find((name) => name.endsWith('.node'));
  const alone = path.join(copy.owned, addon);
  fs.renameSync(path.join(copy.folder, addon), alone);
  const before = `const procman = require('.'); procman.configure({ servers: { echo: ${JSON.stringify(echoServer())} } });`;
  const { code, error } = await elsewhere(t, { before, env: { PROCMAN_NATIVE_PATH: alone } });
  t.is(code, 'ERR_GUARD', error);
  t.true(error.includes(path.join(copy.owned, 'procman-guard')));
});
