// Servers that editors were told of: our reading against mcporter's, editor by editor and on random machines.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import test from 'ava';
import { filesOf, machine } from './fixtures/editor-files.mjs';
import { compare, dump, runOurs, runTheirsOfMany, writeFiles } from './helpers/config-compare.mjs';

const MACHINES = process.env.PROCMAN_SOAK ? 1000 : 100;
const COMMAND = { command: 'npx', args: ['-y', 'tool'], env: { TOKEN: '${SET}', PORT: 8080 } };
const json = (value) => JSON.stringify(value);

const EDITORS = {
  'cursor, project before user': ['project', {
    'home/.cursor/mcp.json': json({ mcpServers: { s: { command: 'user' }, user: { command: 'u' } } }),
    'project/.cursor/mcp.json': json({ mcpServers: { s: { ...COMMAND, cwd: '/not/taken/over' } } }),
  }],
  'claude-code, local settings first': ['local', {
    'project/.claude/settings.json': json({ mcpServers: { s: { command: 'shared' } } }),
    'project/.claude/settings.local.json': json({ permissions: { command: 'no server' }, mcpServers: { s: { command: 'local' } } }),
  }],
  'claude-code, the project within the user file': ['project', {
    'home/.claude.json': (root) => json({ mcpServers: { user: COMMAND }, projects: { [path.join(root, 'project')]: { mcpServers: { s: { type: 'stdio', command: 'x' } } }, '/else': { mcpServers: { no: COMMAND } } } }),
  }],
  'claude-desktop': ['user', { 'home/.config/Claude/settings.json': json({ mcpServers: { s: COMMAND } }) }],
  'codex, TOML': ['project', {
    'project/.codex/config.toml': '# mine\nmodel = "m"\n[mcp_servers.s]\ncommand = "npx"\nargs = ["-y", "tool"]\n[mcp_servers.s.env]\nTOKEN = "${SET}"\nPORT = 0x1F90\n[mcp_servers."remote one"]\nurl = "https://x.test/mcp"\nbearer_token_env_var = "not known"\nbearer_token_env = "SET"\n',
    'home/.codex/config.toml': '[mcp_servers.s]\ncommand = "user"\n[mcp_servers.later]\ncommand = "y"\nstarted = 2026-01-01\n',
  }],
  'windsurf': ['user', { 'home/.codeium/windsurf/mcp_config.json': json({ mcpServers: { s: { serverUrl: 'https://x.test/sse' } } }) }],
  'opencode, JSONC with a list for a command': ['project', { 'project/opencode.jsonc': '{ /* mine */ "mcp": { "s": { "type": "local", "command": ["npx", "-y", "a b"], "environment": { "A": "b" } }, }, }' }],
  'vscode, servers in comments': ['project', { 'project/.vscode/mcp.json': '{\n  // inputs are not known\n  "inputs": [],\n  "servers": { "s": { "type": "http", "url": "https://x.test/mcp", "headers": { "Authorization": "$env:SET" } }, },\n}' }],
};

for (const [title, [, files]] of Object.entries(EDITORS)) {
  test(`${title} is read as mcporter reads it`, (t) => {
    const root = writeFiles(t, {});
    fill(root, files);
    const ours = runOurs(root);
    t.deepEqual(ours, runTheirsOfMany([root])[0]);
    const { source } = ours.find(({ name }) => name === 's');
    t.true(Object.keys(files).some((file) => source === path.join(root, file)), source);
  });
}

test('an own entry beats every import, and the list of imports decides among them', (t) => {
  const imported = (command) => json({ mcpServers: { s: { command }, own: { command } } });
  const { ours } = compare(t, {
    'project/.cursor/mcp.json': imported('cursor'),
    'project/.vscode/mcp.json': imported('vscode'),
    'home/.mcporter/mcporter.json': json({ imports: ['vscode'], mcpServers: { own: { command: 'mine' } } }),
    'project/config/mcporter.json': json({ imports: ['cursor'], mcpServers: {} }),
  });
  t.deepEqual(ours.map(({ name, transport }) => [name, transport.command]), [['own', 'mine'], ['s', 'vscode']]);
});

test('an empty list imports nothing', (t) => {
  const { ours } = compare(t, { 'project/.cursor/mcp.json': json({ mcpServers: { s: COMMAND } }), 'project/config/mcporter.json': json({ imports: [], mcpServers: {} }) });
  t.deepEqual(ours, []);
});

test('the one named file asks for imports too', (t) => {
  const files = { 'project/.cursor/mcp.json': json({ mcpServers: { s: COMMAND } }), 'project/only.json': json({ mcpServers: { own: { command: 'mine' } } }) };
  const { ours } = compare(t, files, { config: 'only.json' });
  t.deepEqual(ours.map(({ name }) => name), ['own', 's']);
});

test("the project's .mcp.json is weaker than any import", (t) => {
  const root = writeFiles(t, {
    'project/.mcp.json': json({ mcpServers: { s: { command: 'weak' }, only: { command: 'here' } } }),
    'home/.cursor/mcp.json': json({ mcpServers: { s: { command: 'imported' } } }),
  });
  t.deepEqual(runOurs(root).map(({ name, transport }) => [name, transport.command]), [['only', 'here'], ['s', 'imported']]);
  t.deepEqual(dump(root).filesRead, ['project/.mcp.json', 'home/.cursor/mcp.json'].map((file) => path.join(root, file)));
});

test('what cannot be imported is skipped with a warning that names the place', (t) => {
  const root = writeFiles(t, {
    'project/.cursor/mcp.json': '{\n "mcpServers": {\n  "s": { "command": "${UNSET}" } } }',
    'project/.codex/config.toml': '[mcp_servers.a]\ncommand = \n',
    'project/config/mcporter.json': '{ "imports": ["cursr"], "mcpServers": {} }',
  });
  const { servers, warnings } = dump(root);
  t.deepEqual(servers, {});
  t.true(warnings.some((warning) => warning.includes('.cursor/mcp.json:3:21: ') && warning.includes('UNSET')), warnings.join('\n'));
  t.true(warnings.some((warning) => warning.includes('ignored a file of codex') && warning.includes('config.toml:2:')), warnings.join('\n'));
  t.true(warnings.some((warning) => warning.includes('mcporter.json:1:15: ') && warning.includes("did you mean 'cursor'")), warnings.join('\n'));
});

test('random machines are read as mcporter reads them', (t) => {
  t.timeout(600_000);
  const seed = Number(process.env.PROCMAN_SEED ?? Date.now());
  const machines = fc.sample(machine, { numRuns: MACHINES, seed }).map(filesOf);
  const roots = machines.map((files) => {
    const root = writeFiles(t, {});
    fill(root, files);
    return root;
  });
  const environment = (root) => ({
    OPENCODE_CONFIG: path.join(root, 'other/named.json'), OPENCODE_CONFIG_DIR: path.join(root, 'other/folder'), OPENAI_WORKDIR: path.join(root, 'other/work'),
    ...(root.charCodeAt(root.length - 1) % 2 ? { XDG_CONFIG_HOME: path.join(root, 'xdg') } : {}),
  });
  const theirs = runTheirsOfMany(roots, { environment });
  const seen = new Set();
  roots.forEach((root, index) => {
    sameServers(t, runOurs(root, { environment }), theirs[index], `seed ${seed}, machine ${index}`);
    for (const { source } of theirs[index]) seen.add(path.relative(root, source));
  });
  // Nothing is shown by comparing what never occurs.
  t.true(seen.size > 25, `only ${[...seen].join(', ')} gave servers`);
  t.log(`seed ${seed}: ${theirs.flat().length} servers out of ${seen.size} files on ${roots.length} machines`);
});

/** Negative control: the random comparison would see one wrong file. */
test('the comparison fails when one side reads another file', (t) => {
  const root = writeFiles(t, { 'project/.cursor/mcp.json': json({ mcpServers: { s: COMMAND } }) });
  const theirs = runTheirsOfMany([root])[0];
  const file = path.join(root, 'project/.cursor/mcp.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('8080', '8081'));
  t.notDeepEqual(runOurs(root), theirs);
});

/** One by one, because a machine's whole answer is too long to read. */
function sameServers(t, ours, theirs, where) {
  const entry = (servers, name) => servers.find((server) => server.name === name);
  for (const { name } of [...ours, ...theirs]) t.deepEqual(entry(ours, name), entry(theirs, name), `${where}, server ${name}`);
}

function fill(root, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), typeof text === 'function' ? text(root) : text.replaceAll('ROOT', root));
  }
}
