'use strict';
// The servers that people run, from their registries: each does its work through the engine, and ends as one unit.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { cookie, descendants } = require('./helpers/kernel.js');
const { registryServer, root } = require('./helpers/programs.js');
const python = require('./helpers/python-servers.js');

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'procman-real-')));
const repository = path.join(folder, 'repository');
const marks = cookie();
const npx = (name, ...args) => ({ command: 'npx', args: ['-y', `@modelcontextprotocol/${name}`, ...args], cwd: root });

test.before((t) => {
  t.timeout(300_000, 'installing the servers of PyPI');
  if (python.whyNot === undefined) python.install();
  fs.mkdirSync(repository);
  const git = (...args) => execFileSync('git', ['-C', repository, '-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], { stdio: 'ignore' });
  git('init');
  git('commit', '--allow-empty', '-m', 'the first commit');
  const servers = {
    everything: registryServer('server-everything'),
    filesystem: registryServer('server-filesystem', folder),
    memory: { ...registryServer('server-memory'), env: { MEMORY_FILE_PATH: path.join(folder, 'memory.jsonl') } },
    thinking: registryServer('server-sequential-thinking'),
    time: python.pythonServer('mcp-server-time', '--local-timezone', 'UTC'),
    git: python.pythonServer('mcp-server-git', '--repository', repository),
    'npx-everything': npx('server-everything'),
    'npx-memory': npx('server-memory'),
  };
  for (const server of Object.values(servers)) server.env = { ...server.env, ...marks.env };
  procman.configure({ servers });
});

test.after.always(async (t) => {
  await procman.shutdown({ graceMs: 2000 });
  fs.rmSync(folder, { recursive: true, force: true });
  t.deepEqual(await marks.survivors(), []);
});

const ofPython = python.whyNot === undefined ? test : test.skip;
if (python.whyNot !== undefined) console.error(`not tested: mcp-server-time and mcp-server-git: ${python.whyNot}`);

/** The text of a call that must succeed. */
async function call(t, server, tool, args) {
  const { success, output, error } = await procman.callToolAsync(server, tool, args, 60_000);
  t.true(success, error);
  return output;
}

const toolNames = async (server) => (await procman.listTools(server)).map(({ name }) => name);

test('server-everything', async (t) => {
  t.is(await call(t, 'everything', 'get-sum', { a: 1, b: 41 }), 'The sum of 1 and 41 is 42.\n');
  const prompts = await procman.request('everything', 'prompts/list');
  t.true(prompts.prompts.length > 0);
});

test('server-filesystem', async (t) => {
  const file = path.join(folder, 'note.txt');
  await call(t, 'filesystem', 'write_file', { path: file, content: 'žluťoučký kůň\n' });
  t.is(fs.readFileSync(file, 'utf8'), 'žluťoučký kůň\n');
  t.regex(await call(t, 'filesystem', 'read_text_file', { path: file }), /žluťoučký kůň/);
  const outside = await procman.callToolAsync('filesystem', 'read_text_file', { path: '/etc/hostname' });
  t.like(outside, { success: false, isError: true, code: 'ERR_TOOL' });
  t.regex(outside.output, /denied/i);
});

test('server-memory keeps what it was told', async (t) => {
  const entities = [{ name: 'kůň', entityType: 'animal', observations: ['is žluťoučký'] }];
  await call(t, 'memory', 'create_entities', { entities });
  await procman.closeServer('memory');
  t.like(JSON.parse(await call(t, 'memory', 'read_graph', {})), { entities });
});

test('server-sequential-thinking', async (t) => {
  const thought = { thought: 'one', thoughtNumber: 1, totalThoughts: 2, nextThoughtNeeded: true };
  t.like(JSON.parse(await call(t, 'thinking', 'sequentialthinking', thought)), { thoughtNumber: 1, totalThoughts: 2 });
});

ofPython('mcp-server-time', async (t) => {
  t.deepEqual((await toolNames('time')).sort(), ['convert_time', 'get_current_time']);
  const converted = JSON.parse(await call(t, 'time', 'convert_time', { source_timezone: 'UTC', time: '12:00', target_timezone: 'Asia/Tokyo' }));
  t.regex(converted.target.datetime, /T21:00:00\+09:00$/);
  t.false((await procman.callToolAsync('time', 'get_current_time', { timezone: 'No/Where' })).success);
});

ofPython('mcp-server-git', async (t) => {
  t.regex(await call(t, 'git', 'git_log', { repo_path: repository }), /the first commit/);
  fs.writeFileSync(path.join(repository, 'new.txt'), '');
  t.regex(await call(t, 'git', 'git_status', { repo_path: repository }), /new\.txt/);
});

for (const [server, tool, args, expected] of [['npx-everything', 'echo', { message: 'hello' }, /Echo: hello/], ['npx-memory', 'read_graph', {}, /entities/]]) {
  test(`${server}: what npx started is one unit, and ends as one`, async (t) => {
    t.regex(await call(t, server, tool, args), expected);
    const { pid } = await procman.callToolAsync(server, tool, args);
    const tree = await descendants(pid);
    t.true(tree.length >= 1, 'the server is below npx, whose pid is the unit\'s');
    await procman.closeServer(server);
    const alive = new Set(await marks.survivors());
    t.deepEqual([pid, ...tree].filter((each) => alive.has(each)), []);
  });
}
