'use strict';
// The command line over the real engine: real commands, a real MCP server, mcporter beside it.

const { execFile, spawn } = require('node:child_process');
const { once } = require('node:events');
const { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { createInterface } = require('node:readline');
const test = require('ava').default;

// One at a time: each starts several processes of Node.
const { serial } = test;

const root = path.join(__dirname, '..');
const procman = path.join(root, 'bin', 'procman.js');
const modules = path.join(root, 'node_modules');
const mcporter = path.join(modules, 'mcporter', 'dist', 'cli.js');
const everything = path.join(modules, '@modelcontextprotocol', 'server-everything', 'dist', 'index.js');
let folder;

test.before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'procman-cli-'));
  mkdirSync(path.join(folder, 'config'));
  const servers = { everything: { command: process.execPath, args: [everything] }, gone: { command: '/no/such/server' } };
  writeFileSync(path.join(folder, 'config', 'mcporter.json'), JSON.stringify({ imports: [], mcpServers: servers }));
  writeFileSync(path.join(folder, 'plain'), 'no program');
  writeFileSync(path.join(folder, 'script'), '#!/no/such/interpreter\n');
  chmodSync(path.join(folder, 'script'), 0o755);
});

test.after.always(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Runs a script in the project folder to its end. */
function run(script, args) {
  const options = { cwd: folder, env: { ...process.env, HOME: folder, NO_COLOR: '1' }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
  });
}

for (const [command, status] of [
  [['sh', '-c', 'exit 7'], 7], [['sh', '-c', 'kill -9 $$'], 137], [['sh', '-c', 'kill -TERM $$'], 143], [['/no/such/command'], 127], [['no-such-command'], 127], [['./plain'], 126], [['./script'], 126],
]) {
  serial(`run: '${command.join(' ')}' gives ${status}`, async (t) => {
    const result = await run(procman, ['run', '--', ...command]);
    t.is(result.status, status, result.stderr);
  });
}

serial('run: where the directory is gone procman has failed, and not the command', async (t) => {
  const script = 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"';
  const result = await new Promise((resolve) => {
    execFile('sh', ['-c', script, 'sh', process.execPath, procman, 'run', '--', 'true'], (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stderr }));
  });
  t.is(result.status, 125, result.stderr);
  t.regex(result.stderr, /^procman: ERR_SPAWN: the working directory of this process is gone \(ENOENT\).*\n$/);
});

serial('run: streams and arguments are the command\'s own', async (t) => {
  const { status, stdout, stderr } = await run(procman, ['run', '--', 'sh', '-c', 'echo "$@"; echo bad >&2', 'sh', '--json', 'a b']);
  t.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '--json a b\n', stderr: 'bad\n' });
});

for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  serial(`run: after ${signal} nothing is left, not even what called setsid`, async (t) => {
    const script = 'setsid sleep 1000 & echo $!; sleep 1000 & echo $!; wait';
    const child = spawn(process.execPath, [procman, 'run', '--', 'sh', '-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    const pids = [];
    for await (const line of createInterface({ input: child.stdout })) {
      pids.push(Number(line));
      if (pids.length === 2) break;
    }
    t.true(pids.every(isAlive), 'they ran');
    const ended = once(child, 'exit');
    child.kill(signal);
    t.deepEqual(await ended, [status, null]);
    t.deepEqual(pids.filter(isAlive), []);
  });
}

const isAlive = (pid) => existsSync(`/proc/${pid}`);

for (const words of [['everything.echo', 'message=hello world'], ['everything.get-sum', 'a=2', 'b=3'], ['everything.nope'], ['everything.get-structured-content', 'location=Chicago']]) {
  serial(`call ${words.join(' ')} prints and ends as mcporter call does`, async (t) => {
    const [ours, theirs] = await Promise.all([run(procman, ['call', ...words]), run(mcporter, ['call', ...words])]);
    t.is(ours.stdout, theirs.stdout);
    t.is(ours.status, theirs.status);
    t.is(ours.stderr, '');
  });
}

serial('call: what goes wrong has its status and its code', async (t) => {
  const status = async (words, code) => {
    const result = await run(procman, ['call', ...words]);
    t.regex(result.stderr, new RegExp(`^procman: ${code}: `));
    return result.status;
  };
  t.is(await status(['evrything.echo'], 'ERR_SERVER_UNKNOWN'), 3);
  t.is(await status(['gone.x'], 'ERR_SPAWN'), 4);
  t.is(await status(['everything.echo', 'message=x', '--timeout', '1'], 'ERR_CALL_TIMEOUT'), 124);
  t.is(await status(['everything.echo', '--config', 'absent.json'], 'ERR_CONFIG'), 3);
});

serial('servers, tools and doctor answer in JSON', async (t) => {
  const json = async (...words) => JSON.parse((await run(procman, [...words, '--json'])).stdout);
  t.deepEqual((await json('servers')).servers.map(({ name, transport }) => [name, transport]), [['everything', 'stdio'], ['gone', 'stdio']]);
  t.true((await json('tools', 'everything')).tools.some(({ name }) => name === 'echo'));
  const { ok, checks } = await json('doctor');
  t.true(ok, JSON.stringify(checks));
});
