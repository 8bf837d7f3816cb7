'use strict';
// server-everything over Streamable HTTP and over the older HTTP+SSE: through the functions, the command line, and beside mcporter.
const { execFile, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { root, registryServer } = require('./helpers/programs.js');

const { serial } = test;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-http-'));
const modules = path.join(root, 'node_modules');
const started = [];

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The server in one of its HTTP modes; resolves to its origin when it listens. */
async function everything(mode) {
  const { command, args } = registryServer('server-everything', mode);
  const port = await freePort();
  const child = spawn(command, args, { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] });
  started.push(child);
  await new Promise((resolve) => {
    let said = '';
    // Read to the end: it writes a line per request.
    child.stderr.setEncoding('utf8').on('data', (chunk) => /port \d+/.test((said += chunk)) && resolve());
  });
  return `http://127.0.0.1:${port}`;
}

test.before(async () => {
  const [streamable, sse] = [await everything('streamableHttp'), await everything('sse')];
  const mcpServers = {
    web: { url: `${streamable}/mcp` },
    older: { url: `${sse}/sse` },
    locked: { url: `${streamable}/mcp`, blockedTools: ['get-env'], headers: { 'X-Team': 'ops' } },
    stdio: registryServer('server-everything'),
  };
  fs.mkdirSync(path.join(folder, 'config'));
  const configPath = path.join(folder, 'config', 'mcporter.json');
  fs.writeFileSync(configPath, JSON.stringify({ imports: [], mcpServers }));
  procman.configure({ configPath });
});
test.after.always(async () => {
  await procman.shutdown();
  for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  fs.rmSync(folder, { recursive: true, force: true });
});

function run(script, args) {
  const options = { cwd: folder, env: { ...process.env, HOME: folder, NO_COLOR: '1' }, timeout: 60_000 };
  return new Promise((resolve) => execFile(process.execPath, [path.join(root, script), ...args], options, (error, stdout, stderr) => resolve({ status: error === null ? 0 : error.code, stdout, stderr })));
}

const CALLS = [
  ['echo', { message: 'hé ✓' }],
  ['get-sum', { a: 2, b: 40 }],
  ['get-structured-content', { location: 'New York' }],
  ['get-tiny-image', {}],
  ['get-annotated-message', { messageType: 'error', includeImage: false }],
];

for (const server of ['web', 'older']) {
  serial(`${server}: every answer reads as it does over stdio`, async (t) => {
    for (const [tool, args] of CALLS) {
      const [over, plain] = [await procman.callToolAsync(server, tool, args), await procman.callToolAsync('stdio', tool, args)];
      t.is(over.output, plain.output, tool);
      t.true(over.success, over.error);
      t.is(procman.callTool(server, tool, args).output, plain.output, tool);
    }
    const names = async (name) => (await procman.listTools(name)).map((tool) => tool.name).sort();
    t.deepEqual(await names(server), await names('stdio'));
  });

  serial(`${server}: progress and timeout`, async (t) => {
    const heard = [];
    const onProgress = ({ progress }) => heard.push(progress);
    const outcome = await procman.callToolAsync(server, 'trigger-long-running-operation', { duration: 0.3, steps: 3 }, { onProgress });
    t.true(outcome.success, outcome.error);
    // Over HTTP+SSE the last one comes in one piece with the answer, and the client package is done with the call then.
    t.deepEqual(server === 'older' ? heard.slice(0, 2) : heard, server === 'older' ? [1, 2] : [1, 2, 3]);
    t.is((await procman.callToolAsync(server, 'trigger-long-running-operation', { duration: 60, steps: 2 }, 100)).error, 'Timeout');
  });

  serial(`${server}: the command line calls, lists and exits`, async (t) => {
    const [ours, theirs] = await Promise.all([
      run('bin/procman.js', ['call', `${server}.get-structured-content`, 'location=Chicago']),
      run('node_modules/mcporter/dist/cli.js', ['call', `${server}.get-structured-content`, '--args', '{"location":"Chicago"}']),
    ]);
    t.is(ours.status, 0, ours.stderr);
    t.is(ours.stdout, theirs.stdout);
    t.regex((await run('bin/procman.js', ['tools', server])).stdout, /get-sum\(a, b\)/);
    const { servers } = JSON.parse((await run('bin/procman.js', ['servers', '--json'])).stdout);
    t.like(servers.find(({ name }) => name === server), { transport: 'http', running: 0 });
    t.is((await run('bin/procman.js', ['call', `${server}.trigger-long-running-operation`, 'duration=60', '--timeout', '500'])).status, 124);
  });
}

serial('a server that is restarted is found again with the next call', async (t) => {
  t.true((await procman.callToolAsync('web', 'echo', { message: 'before' })).success);
  const { url } = JSON.parse(fs.readFileSync(path.join(folder, 'config', 'mcporter.json'), 'utf8')).mcpServers.web;
  const [first] = started;
  const { port } = new URL(url);
  const ended = once(first, 'exit');
  first.kill();
  await ended;
  const { command, args } = registryServer('server-everything', 'streamableHttp');
  const child = spawn(command, args, { env: { ...process.env, PORT: port }, stdio: ['ignore', 'ignore', 'pipe'] });
  started[0] = child;
  const outcome = await procman.callToolAsync('web', 'echo', { message: 'after' }, { maxRetries: 5 });
  child.stderr.resume();
  t.like(outcome, { success: true, output: 'Echo: after\n' });
});

serial('a tool that the entry shuts out is not called', async (t) => {
  t.like(await procman.callToolAsync('locked', 'get-env'), { success: false, code: 'ERR_CONFIG' });
  t.true((await procman.callToolAsync('locked', 'echo', { message: 'x' })).success);
});

serial('a server of the older transport that dies fails its calls at once', async (t) => {
  const [, sse] = started;
  const onProgress = () => sse.kill('SIGKILL');
  const outcome = await procman.callToolAsync('older', 'trigger-long-running-operation', { duration: 100, steps: 100 }, { timeoutMs: 100_000, onProgress });
  t.like(outcome, { success: false, code: 'ERR_SERVER_EXITED', attempts: 1 });
  t.true(outcome.durationMs < 50_000);
});

test('the package of the client is installed beside this one', (t) => {
  t.true(fs.existsSync(path.join(modules, '@modelcontextprotocol', 'client', 'package.json')));
});
