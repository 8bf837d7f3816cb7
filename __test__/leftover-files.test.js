'use strict';
// Lists of pids in the format of the shell library of seed 003, and sockets of MCP servers.
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { readProcessTrees, saveProcessTree, sweepFiles } = require('..');
const { gone, isAlive } = require('./helpers/kernel.js');
const { root } = require('./helpers/programs.js');

/** As the plan has it, word for word. */
const SHELL_LIBRARY = `
save_process_tree() {
  local service_name="$1"
  local pid="$2"
  local pids_file="$3"

  # Record the main PID
  echo "$pid" >> "$pids_file"

  # Also record process group ID (for SIGTERM cascade)
  echo "PGID:$service_name:$(ps -o pgid= -p $pid | tr -d ' ')" >> "$pids_file.groups"

  # Record service name for logging
  echo "$service_name:$pid" >> "$pids_file.services"
}`;

const asRoot = process.getuid() === 0 ? test : test.skip;

function project(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-pids-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.mkdirSync(path.join(folder, '.pids'));
  return { folder, list: path.join(folder, '.pids', 'services.pids') };
}

/** A service in a group of its own with a child, as `setsid npm run dev &` makes it. */
async function service(t) {
  const child = spawn('sh', ['-c', 'sleep 600 & echo up; wait'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  t.teardown(() => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Stopped by the test.
    }
  });
  await once(child.stdout, 'data');
  return child;
}

const shellFiles = (list) => [list, `${list}.groups`, `${list}.services`];
const files = (list) => [...shellFiles(list), `${list}.identities`];

test('what is written is what the shell library writes, byte for byte', async (t) => {
  const { list, folder } = project(t);
  const { pid } = await service(t);
  const byShell = path.join(folder, 'shell.pids');
  execFileSync('bash', ['-c', `${SHELL_LIBRARY}\nsave_process_tree orchestrator ${pid} ${byShell}`]);
  await saveProcessTree('orchestrator', pid, list);
  for (const [index, file] of shellFiles(list).entries()) t.is(fs.readFileSync(file, 'utf8'), fs.readFileSync(files(byShell)[index], 'utf8'));
});

test('a list tells who runs, and is removed only when nobody does', async (t) => {
  const { list } = project(t);
  const child = await service(t);
  await saveProcessTree('agent', child.pid, list);
  const [entry] = await readProcessTrees(list);
  t.deepEqual([entry.service, entry.pid, entry.pgid, entry.state], ['agent', child.pid, child.pid, 'running']);
  t.is(entry.process.pid, child.pid);
  const kept = await sweepFiles({ folders: [], pidsFiles: [list] });
  t.deepEqual(kept.removed, []);
  t.regex(kept.kept[0].reason, new RegExp(`process ${child.pid} runs`));
  // The leader alone: what it left in its group keeps the list.
  process.kill(child.pid, 'SIGKILL');
  await gone([child.pid]);
  const left = await sweepFiles({ folders: [], pidsFiles: [list] });
  t.regex(left.kept[0].reason, new RegExp(`of its group ${child.pid} runs`));
  process.kill(-child.pid, 'SIGKILL');
  await once(child, 'close');
  t.is((await readProcessTrees(list))[0].state, 'gone');
  const told = await sweepFiles({ folders: [], pidsFiles: [list], dryRun: true });
  t.deepEqual(told.removed.map(({ path: file }) => file), files(list));
  t.true(fs.existsSync(list));
  await sweepFiles({ folders: [], pidsFiles: [list] });
  t.false(files(list).some(fs.existsSync));
});

/** Negative control: a pid alone would name this very process. */
test('a pid that was given on is a stranger, and does not keep the list', async (t) => {
  const { list } = project(t);
  fs.writeFileSync(list, `${process.pid}\n`);
  t.is((await readProcessTrees(list))[0].state, 'running');
  const past = new Date(Date.now() - 24 * 3_600_000);
  fs.utimesSync(list, past, past);
  t.is((await readProcessTrees(list))[0].state, 'reused');
  await sweepFiles({ folders: [], pidsFiles: [list] });
  t.false(fs.existsSync(list));
  t.true(await isAlive(process.pid));
});

asRoot('a stranger with a recorded number was stopped once another service was recorded', async (t) => {
  const { list } = project(t);
  const fixture = path.join(__dirname, 'fixtures', 'reused-number.js');
  const stdout = execFileSync('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, fixture, list], { encoding: 'utf8' });
  const { before, after, byShell } = JSON.parse(stdout);
  t.deepEqual(before, ['running']);
  t.deepEqual(after, ['reused', 'running']);
  // Negative control: without identities the last line makes it the one again.
  t.deepEqual(byShell, ['running', 'running']);
});

test('procman pids --stop stops a service with what it started, and removes its files', async (t) => {
  const { folder, list } = project(t);
  const child = await service(t);
  const closed = once(child, 'close');
  await saveProcessTree('agent', child.pid, list);
  const cli = path.join(root, 'bin', 'procman.js');
  const stdout = execFileSync(process.execPath, [cli, 'pids', '--stop', '--grace', '5s'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  t.regex(stdout, new RegExp(`stopped  ${child.pid}  sh`));
  await closed;
  t.false(files(list).some(fs.existsSync));
});

test('a socket on which nobody listens is removed, and others are not', async (t) => {
  const { folder } = project(t);
  const at = (name) => path.join(folder, name);
  const server = net.createServer().listen(at('live.mcp.sock'));
  await once(server, 'listening');
  t.teardown(() => server.close());
  const dying = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(at('stale.mcp.sock'))}, () => console.log('up'))`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(dying.stdout, 'data');
  dying.kill('SIGKILL');
  await once(dying, 'close');
  const past = new Date(Date.now() - 60_000);
  for (const name of ['live.mcp.sock', 'stale.mcp.sock']) fs.utimesSync(at(name), past, past);
  const { removed, kept } = await sweepFiles({ folders: [folder] });
  t.deepEqual(removed, [{ path: at('stale.mcp.sock'), kind: 'socket', reason: 'nobody listens there' }]);
  t.deepEqual(kept.map(({ path: file }) => file), [at('live.mcp.sock')]);
  t.true(server.listening);
});

test('bad input is named', async (t) => {
  const { list } = project(t);
  await t.throwsAsync(saveProcessTree('a:b', process.pid, list), { code: 'ERR_INVALID_ARGUMENT', message: /without colon/ });
  await t.throwsAsync(saveProcessTree('a', 1, list), { code: 'ERR_INVALID_ARGUMENT', message: /pid must be a whole number, 2 or more/ });
  await t.throwsAsync(saveProcessTree('a', 0x7ffffff0, list), { code: 'ERR_INVALID_ARGUMENT', message: /no process has pid/ });
  await t.throwsAsync(readProcessTrees(list), { code: 'ERR_INVALID_ARGUMENT', message: /cannot be read/ });
  fs.writeFileSync(list, 'abc\n');
  await t.throwsAsync(readProcessTrees(list), { code: 'ERR_INVALID_ARGUMENT', message: /services\.pids cannot be used: line 1 must be a pid above 1/ });
  await t.throwsAsync(sweepFiles({ folders: ['/nowhere'] }), { code: 'ERR_INVALID_ARGUMENT', message: /\/nowhere/ });
  await t.throwsAsync(sweepFiles({ folders: 'x' }), { code: 'ERR_INVALID_ARGUMENT', message: /an array of paths/ });
});
