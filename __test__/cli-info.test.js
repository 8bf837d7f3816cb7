'use strict';
// servers, tools, doctor, help.

const { EventEmitter } = require('node:events');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const test = require('ava').default;
const { COMMANDS } = require('../lib/cli/command-names.js');
const { diagnose } = require('../lib/cli/diagnosis.js');
const { EXIT } = require('../lib/cli/exit-codes.js');
const { version } = require('../package.json');
const { CAPABILITIES, fakeApi, procmanError, runCli, unit } = require('./fixtures/fake-api.js');
const { runNode } = require('./helpers/run-node.js');

const SERVERS = [
  { name: 'asana-v2', transport: 'http', source: '/h/.mcporter/mcporter.json', running: 0 },
  { name: 'fs', transport: 'stdio', source: '/p/config/mcporter.json', running: 2 },
];
const SOURCES = { files: ['/p/config/mcporter.json'], lookedAt: [], warnings: ['/p/.mcp.json:1:2: bad'] };
const configured = () => fakeApi({ listServers: () => SERVERS, configurationSources: () => SOURCES });

test('servers are listed in columns, warnings go to stderr', async (t) => {
  const { status, stdout, stderr } = await runCli(['servers'], { api: configured() });
  t.is(status, 0);
  t.is(stdout, 'asana-v2  http   -          /h/.mcporter/mcporter.json\nfs        stdio  2 running  /p/config/mcporter.json\n');
  t.is(stderr, 'warning: /p/.mcp.json:1:2: bad\n');
});

test('servers --json is one document', async (t) => {
  const { stdout, stderr } = await runCli(['servers', '--json'], { api: configured() });
  t.deepEqual(JSON.parse(stdout), { servers: SERVERS, files: SOURCES.files, warnings: SOURCES.warnings });
  t.is(stderr, '');
});

test('no server: says where one was looked for', async (t) => {
  const { status, stdout, stderr } = await runCli(['servers']);
  t.deepEqual({ status, stdout }, { status: 0, stdout: '' });
  t.is(stderr, 'no server is configured; looked at /p/config/mcporter.json\n');
});

test('a configuration that cannot be used is an error with status 3', async (t) => {
  const api = fakeApi({ listServers: () => { throw procmanError('ERR_CONFIG', '/p/x.json:2:3: bad', { line: 2 }); } });
  const text = await runCli(['servers'], { api });
  t.is(text.status, 3);
  t.is(text.stderr, 'procman: ERR_CONFIG: /p/x.json:2:3: bad\n  try: procman doctor\n');
  t.deepEqual(JSON.parse((await runCli(['servers', '--json'], { api })).stdout).error.details, { line: 2 });
});

const TOOLS = [
  { name: 'read', description: 'Reads a file.\nMore.', inputSchema: { properties: { path: {}, head: {} }, required: ['path'] } },
  { name: 'ping', inputSchema: {} },
];

test('tools are listed with their arguments', async (t) => {
  const api = fakeApi({ listTools: async () => TOOLS });
  const { stdout } = await runCli(['tools', 'fs'], { api });
  t.is(stdout, 'read(path, head?)  Reads a file.\nping()\n');
  t.deepEqual(JSON.parse((await runCli(['tools', 'fs', '--json'], { api })).stdout), { server: 'fs', tools: TOOLS });
});

test('tools of a server that fails: code and status', async (t) => {
  const api = fakeApi({ listTools: async () => Promise.reject(procmanError('ERR_SERVER_START', 'it never answered')) });
  const { status, stderr } = await runCli(['tools', 'fs'], { api });
  t.is(status, 4);
  t.is(stderr, 'procman: ERR_SERVER_START: it never answered\n');
});

test('a signal ends a question for tools with its status', async (t) => {
  const signals = new EventEmitter();
  let fail;
  const api = fakeApi({
    listTools: () => new Promise((_, reject) => ((fail = reject), signals.emit('SIGTERM', 'SIGTERM'))),
    shutdown: async () => queueMicrotask(() => fail(procmanError('ERR_CLOSED', 'procman was shut down'))),
  });
  t.is((await runCli(['tools', 'fs'], { api, signals })).status, 143);
});

test('doctor passes on a sound machine', async (t) => {
  const { status, stdout } = await runCli(['doctor'], { api: fakeApi() });
  t.is(status, 0, stdout);
  t.false(/warn|FAIL|fix:/.test(stdout), stdout);
});

const statusOf = async (overrides, { versions = process.versions, copies = () => [] } = {}) => {
  const checks = await diagnose({ loadApi: () => fakeApi(overrides), versions, copies });
  return Object.fromEntries(checks.filter(({ status }) => status !== 'ok').map(({ name, status, fix }) => [name, [status, typeof fix]]));
};

test('doctor finds each trouble and tells a fix', async (t) => {
  const without = (ability) => statusOf({ capabilities: () => ({ ...CAPABILITIES, ...ability }) });
  t.deepEqual(await without({ subreaper: false }), { subreaper: ['fail', 'string'] });
  t.deepEqual(await without({ pidfd: false, identity: 'best-effort' }), { pidfd: ['warn', 'string'], identity: ['warn', 'string'] });
  t.deepEqual(await without({ ledger: false, graceAfterHostDeath: false }), { ledger: ['warn', 'string'], graceAfterHostDeath: ['warn', 'string'] });
  t.deepEqual(await statusOf({ spawn: async () => Promise.reject(procmanError('ERR_GUARD', 'not executable')) }), { guard: ['fail', 'string'] });
  t.deepEqual(await statusOf({ spawn: async () => unit({ code: 1 }) }), { guard: ['fail', 'string'] });
  t.deepEqual(await statusOf({ configurationSources: () => SOURCES }), { configuration: ['warn', 'string'] });
  t.deepEqual(await statusOf({ listServers: () => { throw procmanError('ERR_CONFIG', 'bad'); } }), { configuration: ['fail', 'string'] });
  t.deepEqual(await statusOf({}, { versions: { node: '20.16.0' } }), { 'Node.js': ['fail', 'string'] });
  t.deepEqual(await statusOf({ getSemaphoreStatus: () => { throw procmanError('ERR_CONFIG', 'MCP_MAX_CONCURRENT must be an integer'); } }), { 'limit of calls': ['fail', 'string'] });
  t.deepEqual(await statusOf({}, { copies: () => ['/p/node_modules/@ops/procman', '/p/node_modules/a/node_modules/@ops/procman'] }), { copies: ['warn', 'string'] });
});

test('doctor in a working directory that was removed tells so, and all else that it finds', async (t) => {
  const copies = () => {
    throw Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), { code: 'ENOENT' });
  };
  const checks = await diagnose({ loadApi: () => fakeApi(), versions: process.versions, copies });
  t.like(checks.at(-1), { name: 'copies', status: 'warn', detail: 'there is no project here (ENOENT: no such file or directory, uv_cwd)' });

  const gone = () => {
    throw Object.assign(procmanError('ERR_SPAWN', 'the working directory of this process is gone'), { details: { errno: 'ENOENT', stage: 'directory' } });
  };
  const failing = await diagnose({ loadApi: () => fakeApi({ spawn: async () => gone(), listServers: gone }), versions: process.versions, copies });
  const fixes = failing.filter(({ status }) => status !== 'ok').map(({ name, fix }) => [name, fix]);
  t.deepEqual(fixes, ['guard', 'configuration', 'copies'].map((name) => [name, 'run it in a folder that exists']));
});

test('doctor says of the limit of calls what every call says', async (t) => {
  for (const [text, severity, detail] of [[' 5 ', 'ok', /^5 calls at a time/], ['3000000000', 'fail', /from 1 to 2147483647/], ['1', 'ok', /^1 call at a time/], ['', 'ok', /^3 calls/]]) {
    const script = `require('./lib/cli/diagnosis.js').diagnose({ loadApi: () => require('.'), versions: process.versions }).then((all) => console.log(JSON.stringify(all.find(({ name }) => name === 'limit of calls'))));`;
    const { stdout, stderr } = await runNode(script, { env: { MCP_MAX_CONCURRENT: text } });
    const check = JSON.parse(stdout || `{"detail":${JSON.stringify(stderr)}}`);
    t.is(check.status, severity);
    t.regex(check.detail, detail);
  }
});

test('doctor without an addon says how to get one, with status 1', async (t) => {
  const api = fakeApi({ capabilities: () => { throw procmanError('ERR_NATIVE', 'cannot find procman.linux-x64-gnu.node'); } });
  const { status, stdout } = await runCli(['doctor', '--json'], { api });
  t.is(status, 1);
  const { ok, checks } = JSON.parse(stdout);
  t.false(ok);
  t.deepEqual(checks.map(({ name }) => name), ['Node.js', 'native binding']);
  t.regex(checks[1].fix, /npm install/);
});

test('every command has help with examples, loads no addon and ends with 0', async (t) => {
  for (const command of COMMANDS) {
    const { status, stdout, stderr, loaded } = await runCli([command, '--help']);
    t.is(status, 0);
    t.regex(stdout, new RegExp(`Usage: procman ${command}[^]*--config <file>[^]*--json[^]*Examples:\n  \\$ [^]*procman ${command}`));
    t.is(stderr, '');
    t.false(loaded);
  }
});

test('no word, --help and --version', async (t) => {
  t.regex((await runCli([])).stdout, /Commands:/);
  t.regex((await runCli(['--help'])).stdout, /Examples:/);
  t.deepEqual((await runCli(['--version'])).stdout, `${version}\n`);
  t.deepEqual(JSON.parse((await runCli(['--json', '--version'])).stdout), { version });
});

test('an unknown command is a usage error that suggests', async (t) => {
  const { status, stderr } = await runCli(['sevrers']);
  t.is(status, 2);
  t.is(stderr, "procman: ERR_INVALID_ARGUMENT: unknown command 'sevrers' (Did you mean servers?)\n  try: procman --help\n");
  t.is(JSON.parse((await runCli(['sevrers', '--json'])).stdout).error.code, 'ERR_INVALID_ARGUMENT');
});

test('colours need a terminal and no NO_COLOR', async (t) => {
  const colored = async (options) => (await runCli(['doctor'], options)).stdout.includes('\u001b[3');
  t.true(await colored({ isTTY: true }));
  t.false(await colored({ isTTY: true, env: { NO_COLOR: '1' } }));
  t.false(await colored({ isTTY: true, env: { TERM: 'dumb' } }));
  t.false(await colored({}));
});

test('docs/cli.md lists every exit status and command', (t) => {
  const text = readFileSync(path.join(__dirname, '..', 'docs', 'cli.md'), 'utf8');
  const listed = [...text.matchAll(/^\| (\d+) \| `([A-Z_]+)` \|/gm)].map(([, status, name]) => [name, Number(status)]);
  t.deepEqual(Object.fromEntries(listed), { ...EXIT });
  for (const command of COMMANDS) t.true(text.includes(`| \`procman ${command}`), command);
});
