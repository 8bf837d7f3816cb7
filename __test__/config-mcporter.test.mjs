// Our reading of a configuration against mcporter's own, on the same files.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { compare, runOurs, runTheirs, writeFiles } from './helpers/config-compare.mjs';

const entries = {
  plain: { command: 'npx', args: ['-y', 'server', '${SET}', '$env:WORDS'] },
  line: { command: "npx -y 'my server' \"two words\" a\\ b" },
  quotes: { command: "run '' 'a\\'b' it\"'\"s 'open end" },
  tabs: { command: 'a\tb c' },
  fromVariable: { command: '${WORDS} three' },
  list: { command: ['a b', 'c'], args: ['ignored'] },
  executable: { executable: 'tool --flag' },
  spaced: { command: './my tools/run' },
  spacedAbsent: { command: './no tools/run' },
  cwdRelative: { command: 'x', cwd: '../up' },
  cwdHome: { command: 'x', cwd: '~/in/../home' },
  cwdVariable: { command: 'x', cwd: '${NO_CWD:-sub}' },
  argPlaceholders: {
    command: 'x',
    args: ['${UNSET:-d}', 'a${SET}b${SET}', '\\${SET}', '${UNSET:-}', '${UNSET:d}', '${EMPTY:-d}', '${EMPTY}', '$SET', '${TRICKY}', '$env:EMPTY', '${A:-${B}}'],
  },
  env: {
    command: 'x',
    env: {
      WHOLE: '${SET}', DASH: '${UNSET:-d}', COLON: '${UNSET:d}', MINUS: '${UNSET-d}', PLUS: '${UNSET+d}', GONE: '${UNSET}', PART: 'x${SET}',
      TAIL: '${SET}/x', DIRECT: '$env:SET', LITERAL: '$SET', EMPTY: '${EMPTY:-filled}', SET: '${UNSET}', NESTED: '${TRICKY}', LINES: '${UNSET:-a\nb}',
    },
  },
  http: { url: 'https://${HOST_NAME}/mcp', command: 'loses', headers: { 'X-A': '${SET}', Accept: 'text/html' } },
  httpSnake: { server_url: 'http://x.test/', bearer_token_env: 'SET' },
  httpBearer: { baseUrl: 'https://x.test/a', bearerToken: '${SET}', headers: { accept: 'application/json, text/event-stream, */*' } },
  emptyUrl: { url: '', command: 'x' },
  login: {
    url: 'https://x.test/mcp', auth: 'OAuth', tokenCacheDir: '~/tokens', client_name: 'me ${SET}', oauthClientId: 'id', oauth_client_secret: '${SET}',
    oauthClientSecretEnv: 'SET', oauthTokenEndpointAuthMethod: 'client_secret_post', oauthRedirectUrl: 'http://127.0.0.1:1/cb', oauth_scope: 'a b', httpFetch: 'node-http1',
    refresh: { token_endpoint: 'https://x.test/token', clientIdEnv: 'SET', refreshSkewSeconds: 5 },
  },
  loginWithout: { url: 'https://x.test/mcp', auth: 'basic', token_cache_dir: '', refresh: { clientIdEnv: 'SET' } },
  ownVariables: {
    url: 'https://x.test/mcp', headers: { 'X-A': '${OWN}', 'X-B': '$env:SECOND', 'X-C': 'x${SET}' },
    env: { OWN: 'mine', SECOND: '${OWN}', SET: 'the host is stronger' },
  },
  headerUnset: { url: 'https://x.test/mcp', headers: { 'X-A': '${UNSET}' } },
  allowed: { command: 'x', allowedTools: ['a', '${SET}'], description: 'says ${SET}' },
  blocked: { command: 'x', blocked_tools: ['a'] },
  unknownFields: { command: 'x', type: 'stdio', procman: { maxInstances: 2 }, whatever: '${UNSET}' },
};

test('every form of an entry is read as mcporter reads it', async (t) => {
  const both = compare(t, { 'project/config/mcporter.json': JSON.stringify({ imports: [], mcpServers: entries }), 'project/config/my tools/run': '' });
  t.is(both.ours.length, Object.keys(entries).length);
});

test('comments, trailing commas and a key written twice are read as mcporter reads them', (t) => {
  const text = '// head\n{ "imports": [], /* x */ "mcpServers": { "a": { "command": "first" }, "a": { "command": "second", }, }, }';
  const { ours } = compare(t, { 'project/config/mcporter.json': text });
  t.is(ours[0].transport.command, 'second');
});

const layer = (servers) => JSON.stringify({ imports: [], mcpServers: servers });

test('home and project are merged as mcporter merges them', (t) => {
  const { ours } = compare(t, {
    'home/.mcporter/mcporter.json': layer({ both: { command: 'home' }, home: { command: './h', cwd: '.' } }),
    'home/.mcporter/mcporter.jsonc': layer({ never: { command: 'x' } }),
    'project/config/mcporter.json': layer({ both: { command: 'project' }, project: { command: 'p' } }),
  });
  t.deepEqual(ours.map(({ name }) => name), ['both', 'home', 'project']);
});

test('XDG_CONFIG_HOME goes before the folder in the home', (t) => {
  const files = {
    'xdg/mcporter/mcporter.jsonc': layer({ xdg: { command: 'x' } }),
    'home/.mcporter/mcporter.json': layer({ home: { command: 'x' } }),
  };
  const { ours } = compare(t, files, { environment: (root) => ({ XDG_CONFIG_HOME: path.join(root, 'xdg') }) });
  t.deepEqual(ours.map(({ name }) => name), ['xdg']);
});

for (const [title, options] of Object.entries({
  'a path given by the caller': { config: 'other.json' },
  'MCPORTER_CONFIG with ~': { environment: () => ({ MCPORTER_CONFIG: ' ~/other.json ' }) },
})) {
  test(`${title} is the only file that is read`, (t) => {
    const files = { 'home/other.json': layer({ only: { command: 'x' } }), 'project/other.json': layer({ only: { command: 'x' } }), 'project/config/mcporter.json': layer({ not: { command: 'x' } }) };
    const { ours } = compare(t, files, options);
    t.deepEqual(ours.map(({ name }) => name), ['only']);
  });
}

test('a malformed implicit file leaves the others standing, as with mcporter', (t) => {
  const { ours } = compare(t, { 'home/.mcporter/mcporter.json': layer({ home: { command: 'x' } }), 'project/config/mcporter.json': '{ "mcpServers": ' });
  t.deepEqual(ours.map(({ name }) => name), ['home']);
});

test('the comparison fails when one side differs', (t) => {
  const root = writeFiles(t, { 'project/config/mcporter.json': layer({ a: { command: 'x' } }) });
  const theirs = runTheirs(root);
  writeFileSync(path.join(root, 'project/config/mcporter.json'), layer({ a: { command: 'y' } }));
  t.notDeepEqual(runOurs(root), theirs);
});
