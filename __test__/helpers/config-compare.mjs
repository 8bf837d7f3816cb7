// The same configuration files, read by us and by mcporter, in one shape.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import programs from './programs.js';

const oracle = fileURLToPath(new URL('../fixtures/mcporter-definitions.mjs', import.meta.url));
const variables = { SET: 'value', WORDS: 'one two', EMPTY: '', HOST_NAME: 'x.test', TRICKY: '${SET}' };
const LOGIN = [
  'auth', 'tokenCacheDir', 'clientName', 'oauthClientId', 'oauthClientSecret', 'oauthClientSecretEnv', 'oauthTokenEndpointAuthMethod', 'oauthRedirectUrl',
  'oauthScope', 'refresh', 'httpFetch',
];
const dumpConfig = programs.example('dump_config');

/** Writes the files, asks both and insists on one answer. */
export function compare(t, files, options = {}) {
  const root = writeFiles(t, files);
  const ours = runOurs(root, options);
  t.deepEqual(ours, runTheirs(root, options));
  return { ours, root };
}

/** A folder with `home` and `project` in it, and these files; it goes with the test. */
export function writeFiles(t, files) {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'procman-config-')));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const folder of ['home', 'project']) mkdirSync(path.join(root, folder));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** All that our side says. */
export function dump(root, { config, environment } = {}) {
  const args = ['--root', path.join(root, 'project'), ...(config ? ['--config', config] : [])];
  return run(dumpConfig, args, root, environmentOf(root, environment));
}

/** Our servers, sorted by name. */
export function runOurs(root, options) {
  return Object.entries(dump(root, options).servers).map(([name, { definition, ...entry }]) => {
    const { transport } = entry;
    if (transport.kind === 'http') transport.url = new URL(transport.url).href;
    const headers = transport.kind === 'http' ? (definition?.headers ?? null) : null;
    // A definition that a header spoils is compared by that.
    return { name, ...entry, headers, login: definition && pick(definition) };
  });
}

/** mcporter's servers, sorted by name. */
export const runTheirs = (root, options) => runTheirsOfMany([root], options)[0];

/** The same of several folders. */
export function runTheirsOfMany(roots, { config, environment } = {}) {
  const question = roots.map((root) => ({ rootDir: path.join(root, 'project'), configPath: config && path.resolve(root, 'project', config), env: environmentOf(root, environment) }));
  return run(process.execPath, [oracle], roots[0], environmentOf(roots[0], environment), JSON.stringify(question)).map(shown);
}

function shown(definitions) {
  const servers = definitions.map((definition) => ({
    name: definition.name,
    transport: definition.command,
    description: definition.description ?? null,
    allowedTools: definition.allowedTools ?? null,
    blockedTools: definition.blockedTools ?? null,
    source: definition.source.path,
    env: definition.childEnv,
    headers: definition.sentHeaders,
    login: definition.command.kind === 'http' && definition.sentHeaders === null ? null : pick(definition),
  }));
  return servers.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const pick = (definition) => Object.fromEntries(LOGIN.filter((key) => definition[key] !== undefined).map((key) => [key, definition[key]]));

const environmentOf = (root, more) => ({ PATH: process.env.PATH, ...variables, HOME: path.join(root, 'home'), ...more?.(root) });

function run(command, args, root, env, input = '') {
  const stdio = ['pipe', 'pipe', 'ignore'];
  return JSON.parse(execFileSync(command, args, { cwd: path.join(root, 'project'), env, input, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 30, stdio }));
}
