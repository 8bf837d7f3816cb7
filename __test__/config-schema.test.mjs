// The published schema against real files: what it takes we read without complaint, what it refuses we complain about.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import test from 'ava';
import { parse } from 'jsonc-parser';
import { dump, writeFiles } from './helpers/config-compare.mjs';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url)));
const schema = read('schema/procman.schema.json');
const validate = new Ajv({ strict: false }).compile(schema);
const file = (server, more) => ({ mcpServers: { s: server }, imports: [], ...more });
const pool = (procman) => file({ command: 'x', procman });

const SOUND = {
  'a command with settings': pool({ minInstances: 1, maxInstances: 4, sharing: 'session', idleTimeout: 'Infinity', acquireTimeout: 0, memoryLimitMB: 0.5, maxRestarts: 'Infinity', protocol: 'auto' }),
  'all defaults, written out': pool(Object.fromEntries(Object.entries(schema.definitions.pool.properties).map(([key, value]) => [key, value.default]))),
  'an HTTP server with a login': file({ url: 'https://x.test/mcp', auth: 'oauth', oauth_client_id: 'id', refresh: { tokenEndpoint: 'https://x.test/t', refreshSkewSeconds: 3 }, httpFetch: 'default' }),
  'unknown fields and those of the daemon': file({ command: ['x', 'y'], lifecycle: 'keep-alive', whatever: 1, protocolVersion: '2026-07-28' }),
  'settings without servers': { procman: { maxConcurrent: 3 } },
  'all settings': { imports: [], mcpServers: {}, procman: { maxConcurrent: 1, queueTimeout: 'Infinity', maxQueue: 0, timeoutMs: 0, maxRetries: 0, defaultServer: 's' } },
};

for (const [title, value] of Object.entries(SOUND)) {
  test(`${title}: taken by both`, (t) => {
    t.true(validate(value), JSON.stringify(validate.errors));
    const { faulty, warnings } = complaints(t, value);
    t.deepEqual([faulty, warnings], [{}, []]);
  });
}

const WRONG = {
  'no instance at all': pool({ maxInstances: 0 }),
  'a limit that may not be infinite': pool({ maxInstances: 'Infinity' }),
  'half an instance': pool({ minInstances: 0.5 }),
  'a time in words': pool({ idleTimeout: '5s' }),
  'no time to start': pool({ startTimeout: 0 }),
  'nothing for a time': pool({ graceMs: null }),
  'an unknown way to share': pool({ sharing: 'none' }),
  'an unknown era': pool({ protocol: '2025-11-25' }),
  'a misspelt key': pool({ maxInstnces: 2 }),
  'a key of what to run': pool({ command: 'y' }),
  'settings that are no object': pool([]),
  'no way to reach it': file({ args: ['x'] }),
  'both filters of tools': file({ command: 'x', allowedTools: [], blocked_tools: [] }),
  'an unknown way to fetch': file({ url: 'https://x.test', http_fetch: 'curl' }),
  'a login that is a number': file({ url: 'https://x.test', oauthClientId: 5 }),
  'no call at all': file({ command: 'x' }, { procman: { maxConcurrent: 0 } }),
  'a limit of calls that is infinite': file({ command: 'x' }, { procman: { maxConcurrent: 'Infinity' } }),
  'half a retry': file({ command: 'x' }, { procman: { maxRetries: 0.5 } }),
  'a timeout in words': file({ command: 'x' }, { procman: { timeoutMs: '5s' } }),
  'a default server without a name': file({ command: 'x' }, { procman: { defaultServer: '' } }),
  'a misspelt setting': file({ command: 'x' }, { procman: { maxConcurent: 1 } }),
  'a setting for code alone': file({ command: 'x' }, { procman: { auditLog: 'x' } }),
  'an unknown editor': file({ command: 'x' }, { imports: ['cursr'] }),
};

for (const [title, value] of Object.entries(WRONG)) {
  test(`${title}: refused by the schema, and named by us with its place`, (t) => {
    t.false(validate(value));
    const { warnings } = complaints(t, value);
    t.is(warnings.length, 1, warnings.join('\n'));
    t.regex(warnings[0], /config\/mcporter\.json:\d+:\d+: /);
  });
}

test('the examples of the documentation follow the schema', (t) => {
  const text = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');
  const examples = [...text.matchAll(/```jsonc\n(.*?)```/gs)].map(([, example]) => example);
  t.true(examples.length >= 2);
  for (const example of examples) {
    const root = writeFiles(t, { 'project/config/mcporter.json': example });
    t.deepEqual(dump(root, { environment: () => ({ GITHUB_TOKEN: 'x' }) }).warnings, []);
    t.true(validate(parse(example, [], { allowTrailingComma: true })), JSON.stringify(validate.errors));
  }
});

test('the schema is part of the package', (t) => {
  t.true(read('package.json').files.includes('schema'));
});

function complaints(t, value) {
  const root = writeFiles(t, { 'project/config/mcporter.json': JSON.stringify(value, null, 2) });
  t.true(dump(root).filesRead.includes(path.join(root, 'project/config/mcporter.json')));
  return dump(root);
}
