'use strict';
// The snippets of the original documents that use its pool, run as they stand there: the module that they import re-exports ours in one line.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const test = require('ava').default;

const { cookie } = require('./helpers/kernel.js');
const { root } = require('./helpers/programs.js');

const MODULE = '@cortex-os/mcp-core/pool-manager';
const SERVER = 'local-memory-mcp-server.js';
const snippet = (seed) => path.join(__dirname, 'fixtures', seed, 'usage.txt');

/** A project that has what the snippet's own project had: the module, the server beside it, and a configuration. */
function project(t, seed) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-seed-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  const ours = pathToFileURL(path.join(root, 'pool-manager.mjs'));
  write(`node_modules/${MODULE}.mjs`, `export * from '${ours}';\n`);
  write('node_modules/@cortex-os/mcp-core/package.json', JSON.stringify({ exports: { './pool-manager': './pool-manager.mjs' } }));
  write(SERVER, `require(${JSON.stringify(path.join(__dirname, 'fixtures', 'mcp-server.js'))});\n`);
  write('config/mcporter.json', JSON.stringify({ imports: [], mcpServers: { 'local-memory': { command: 'node', args: [SERVER], cwd: '..' } } }));
  write('snippet.mjs', fs.readFileSync(snippet(seed), 'utf8'));
  return { folder, starts: path.join(folder, 'starts') };
}

function run(file, { folder, env }) {
  const child = spawn(process.execPath, [file], { cwd: folder, env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (chunk) => (text[name] += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...text })));
}

const CASES = { 'seed-000': 'a command of its own', 'seed-002': 'neither command nor server: the only configured one' };

for (const [seed, what] of Object.entries(CASES)) {
  test(`${seed} runs as it stands there, with ${what}`, async (t) => {
    const { folder, starts } = project(t, seed);
    const { env, survivors } = cookie();
    const { code, stdout, stderr } = await run('snippet.mjs', { folder, env: { ...env, START_LOG: starts } });
    t.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    t.is(fs.readFileSync(starts, 'utf8').trim().split('\n').length, 1, 'one server was started');
    t.deepEqual(await survivors(), []);
  });
}

test('the module name resolves to files that re-export ours in one line: a control', async (t) => {
  const { folder } = project(t, 'seed-000');
  fs.rmSync(path.join(folder, 'node_modules'), { recursive: true });
  const { code, stderr } = await run('snippet.mjs', { folder });
  t.is(code, 1);
  t.regex(stderr, /ERR_MODULE_NOT_FOUND/);
});
