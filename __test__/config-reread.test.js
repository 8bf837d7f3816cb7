'use strict';
// What the configuration files say counts with every start, not only with the first one.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { standIn } = require('./helpers/programs.js');

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'procman-reread-')));
const configPath = path.join(folder, 'servers.json');
const write = (entry) => fs.writeFileSync(configPath, JSON.stringify({ imports: [], mcpServers: { s: entry } }));
const call = (tool, args) => procman.callToolAsync('s', tool, args, { maxRetries: 0 });
const value = async () => (await call('env', { name: 'V' })).output.trim();

test.before(() => (process.env.HOME = folder));
test.beforeEach(() => procman.configure({ configPath }));
test.afterEach.always(() => procman.shutdown({ graceMs: 0 }));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

test.serial('an entry that was changed counts with the start after closeServer(), and not for the server that runs', async (t) => {
  write(standIn({ V: 'one' }));
  t.is(await value(), 'one');
  write(standIn({ V: 'two' }));
  t.is(await value(), 'one');
  await procman.closeServer('s', { graceMs: 0 });
  t.is(await value(), 'two');
});

test.serial('a variable of the host that an entry names counts as it is at the start', async (t) => {
  write({ ...standIn(), args: [...standIn().args, '${REREAD_V:-unset}'], env: { V: '${REREAD_V:-unset}' } });
  t.is(await value(), 'unset');
  process.env.REREAD_V = 'set';
  await procman.closeServer('s', { graceMs: 0 });
  t.is(await value(), 'set');
  delete process.env.REREAD_V;
});

test.serial('an entry that was mended after a failed start is tried as it is now', async (t) => {
  write({ ...standIn({ V: 'mended' }), command: '/usr/bin/noed' });
  t.is((await call('pid')).code, 'ERR_SPAWN');
  write(standIn({ V: 'mended' }));
  t.is(await value(), 'mended');
});

test.serial('what an entry says of its pool counts with the next start, below what code said', async (t) => {
  write({ ...standIn(), procman: { maxInstances: 2, acquireTimeout: 1000 } });
  const pool = procman.pools.getPool('s', { connectionTimeout: 7000 });
  (await pool.getServer()).release();
  t.like(pool.getStats().limits, { maxInstances: 2, acquireTimeout: 7000 });
  write({ ...standIn(), procman: { maxInstances: 1, acquireTimeout: 2000 } });
  await procman.closeServer('s', { graceMs: 0 });
  (await pool.getServer()).release();
  t.like(pool.getStats().limits, { maxInstances: 1, acquireTimeout: 7000 });
  await procman.pools.cleanup();
});

test.serial('a server that became one of HTTP is called as one after closeServer(), by both forms of a call', async (t) => {
  write(standIn());
  t.true((await call('pid')).success);
  t.true(procman.callTool('s', 'pid').success);
  write({ url: 'http://127.0.0.1:1/mcp' });
  await procman.closeServer('s', { graceMs: 0 });
  t.regex((await call('pid')).error, /127\.0\.0\.1:1/);
  write(standIn());
  await procman.closeServer('s', { graceMs: 0 });
  t.true(procman.callTool('s', 'pid').success);
});

/** A server with one tool, whose name stands in a file as it starts. */
const serverOf = (file) => {
  const script = `
    const rl = require('node:readline').createInterface({ input: process.stdin });
    const name = require('node:fs').readFileSync(process.argv[1], 'utf8');
    const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
    rl.on('line', (line) => { const { id, method, params } = JSON.parse(line);
      if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'n', version: '1' } });
      else if (method === 'tools/list') say(id, { tools: [{ name, inputSchema: { type: 'object' } }] });
      else if (id !== undefined) say(id, {}); });`;
  return { command: process.execPath, args: ['-e', script, file] };
};
const named = (tool) => {
  const file = path.join(folder, tool);
  fs.writeFileSync(file, tool);
  return serverOf(file);
};
const names = async () => (await procman.listTools('s')).map(({ name }) => name);

test.serial('the list of tools is not that of the entry before', async (t) => {
  write(named('before'));
  t.deepEqual(await names(), ['before']);
  write(named('after'));
  await procman.closeServer('s', { graceMs: 0 });
  t.deepEqual(await names(), ['after']);
});

test.serial('an instance of the entry before lists its own tools, and not for those of the entry now', async (t) => {
  const exclusive = (tool) => ({ ...named(tool), procman: { sharing: 'exclusive' } });
  const list = async (lease) => (await lease.request('tools/list')).tools.map(({ name }) => name);
  write(exclusive('before'));
  const pool = new procman.MCPServerPool({ server: 's' });
  const old = await pool.getServer();
  write(exclusive('after'));
  const now = await pool.getServer();
  t.deepEqual(await list(old), ['before']);
  t.deepEqual(await list(now), ['after']);
  t.deepEqual(await list(old), ['before']);
  await pool.shutdown();
});

test.serial('after closeServer() the tools are listed anew, whatever the entry says', async (t) => {
  const file = path.join(folder, 'upgraded');
  fs.writeFileSync(file, 'first');
  write(serverOf(file));
  t.deepEqual(await names(), ['first']);
  fs.writeFileSync(file, 'second');
  t.deepEqual(await names(), ['first']);
  await procman.closeServer('s', { graceMs: 0 });
  t.deepEqual(await names(), ['second']);
});
