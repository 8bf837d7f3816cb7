// Headers made of arguments (2026-07-28): against the official client on the same schemas and arguments, and over the wire against the official server.
import { createRequire } from 'node:module';

import { Client } from '@modelcontextprotocol/client';
import test from 'ava';

const require = createRequire(import.meta.url);
const procman = require('../index.js');
const { headerDeclarations } = require('../lib/http/header-declarations.js');
const { ParamHeaders } = require('../lib/http/param-headers.js');
const { warnTo } = require('../lib/http/warnings.js');
const { httpFixture } = require('./helpers/http-fixture.js');
const { random } = require('./helpers/random.js');

const property = (name, type = 'string') => ({ type, ...(name !== undefined && { 'x-mcp-header': name }) });
const object = (properties, more) => ({ type: 'object', properties, ...more });

const SCHEMAS = {
  plain: object({ a: property('A'), b: property('B', 'integer'), c: property('C', 'boolean'), d: property() }),
  deep: object({ outer: object({ inner: object({ a: property('Deep') }) }) }),
  none: undefined,
  'a property of that name': object({ 'x-mcp-header': property() }),
  'the keyword as data': object({ a: { type: 'object', const: { 'x-mcp-header': 'X' }, default: { 'x-mcp-header': 'X' } } }),
  'at the root': object({}, { 'x-mcp-header': 'Root' }),
  'under items': object({ a: { type: 'array', items: property('A') } }),
  'under oneOf': object({ a: { oneOf: [property('A')] } }),
  'under a definition': object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: object({ y: property('A') }) } }),
  'under additionalProperties': object({}, { additionalProperties: property('A') }),
  'under not': object({ a: { not: object({ b: property('B') }) } }),
  'of a number': object({ a: property('A', 'number') }),
  'of an object': object({ a: property('A', 'object') }),
  'of nothing': object({ a: { 'x-mcp-header': 'A' } }),
  'with a space': object({ a: property('A B') }),
  'with a line end': object({ a: property('A\r\nEvil: 1') }),
  empty: object({ a: property('') }),
  'that is a number': object({ a: property(7) }),
  twice: object({ a: property('Same'), b: property('sAME') }),
};
const VALUES = ['x', '', ' padded ', 'tab\tinside', '\ttab', 'line\nend', 'žluť 世界', '=?base64?eA==?=', '=?base64?', 0, -5, 2 ** 53, 1.5, NaN, true, false, null, undefined, [], {}, 'a b', '\u007f', '\u0000'];

/** The official client's headers for a call of a tool with this schema; undefined where it sends none. */
async function official(inputSchema, args) {
  const sent = [];
  class Spy extends Client {
    getProtocolEra() {
      return 'modern';
    }
    async request(_, options) {
      sent.push(options?.headers);
      return { content: [] };
    }
  }
  const client = new Spy({ name: 'oracle', version: '1' });
  await client.callTool({ name: 'tool', arguments: args }, { toolDefinition: { name: 'tool', inputSchema } });
  return sent[0];
}

function ours(inputSchema, args) {
  // Hundreds of wrong schemas are tried.
  warnTo(() => {});
  const headers = new ParamHeaders('server');
  headers.admit([{ name: 'tool', inputSchema }]);
  return headers.of('tool', args);
}

for (const [name, schema] of Object.entries(SCHEMAS)) {
  test(`declared ${name}: the same headers as the official client's, for every kind of value`, async (t) => {
    for (const value of VALUES) {
      const args = { a: value, b: value, c: value, d: value, outer: { inner: { a: value } }, 'x-mcp-header': value };
      t.deepEqual(ours(schema, args), await official(schema, args), `${JSON.stringify(value)}`);
    }
    t.deepEqual(ours(schema, undefined), await official(schema, undefined));
  });
}

test('schemas that declare nothing wrong are told from the others as the official client does', (t) => {
  const wrong = Object.keys(SCHEMAS).filter((name) => headerDeclarations(SCHEMAS[name]).fault !== undefined);
  t.deepEqual(wrong, Object.keys(SCHEMAS).slice(5));
});

test('random schemas and values: the same headers', async (t) => {
  const next = random(2026);
  const pick = (list) => list[Math.floor(next() * list.length)];
  let names = 0;
  const nameOf = () => pick([undefined, undefined, (names += 1), next() < 0.02 ? 'bad name' : `Name${names}`, next() < 0.05 ? 'same' : `Other-${names}`])?.toString();
  const schemaOf = (depth) => {
    const properties = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, depth > 0 && next() < 0.4 ? schemaOf(depth - 1) : property(nameOf(), next() < 0.02 ? 'number' : pick(['string', 'integer', 'boolean']))]));
    return object(properties, next() < 0.03 ? { [pick(['anyOf', 'items', 'if', '$defs'])]: { x: property('X') } } : {});
  };
  const valueOf = (depth) => (depth > 0 && next() < 0.5 ? Object.fromEntries(['a', 'b', 'c'].map((key) => [key, valueOf(depth - 1)])) : pick(VALUES));
  let sent = 0;
  for (let round = 0; round < 500; round += 1) {
    const [schema, args] = [schemaOf(2), { a: valueOf(2), b: valueOf(1), c: valueOf(0) }];
    const headers = ours(schema, args);
    t.deepEqual(headers, await official(schema, args), JSON.stringify({ schema, args }));
    sent += headers === undefined ? 0 : 1;
  }
  t.true(sent > 50, `${sent} of 500 calls had headers: the test must be about some`);
});

let fixture;
test.before(async () => {
  fixture = await httpFixture();
  procman.configure({
    servers: {
      modern: { url: fixture.url('modern'), procman: { protocol: '2026-07-28' } },
      again: { url: fixture.url('modern'), procman: { protocol: '2026-07-28' } },
      older: { url: fixture.url('mcp') },
    },
    maxRetries: 0,
  });
});
test.after.always(async () => {
  await procman.shutdown();
  await fixture.stop();
});

test.serial('arguments travel as headers, a tool with a wrong declaration is left out and told of once', async (t) => {
  const warned = [];
  const hear = ({ name, message }) => name === 'ProcmanWarning' && warned.push(message);
  process.on('warning', hear);
  t.teardown(() => process.off('warning', hear));
  const names = (await procman.listTools('modern')).map(({ name }) => name);
  t.true(names.includes('routed'));
  t.false(names.includes('misrouted'));
  await procman.listTools('modern');
  const { output, error } = await procman.callToolAsync('modern', 'routed', { region: 'žluť', count: 3, other: 'x' });
  t.deepEqual(JSON.parse(output ?? error), { 'mcp-param-region': '=?base64?xb5sdcWl?=', 'mcp-param-count': '3' });
  t.is(warned.length, 1);
  t.regex(warned[0], /^tool 'misrouted' of server 'modern' is left out: bad: x-mcp-header "no name" is no name of a header; report it/);
});

test.serial('a tool that no list had is called without, and once the server misses its headers, with them', async (t) => {
  const before = await fixture.control();
  const { output, error } = await procman.callToolAsync('again', 'routed', { region: 'north' });
  t.deepEqual(JSON.parse(output ?? error), { 'mcp-param-region': 'north' });
  const after = await fixture.control();
  t.is(after.lists - before.lists, 1, 'the server had to be asked for its tools');
  t.is(after.routed - before.routed, 1, 'the server had done nothing before');
});

test.serial('older protocols have no such headers', async (t) => {
  await procman.callToolAsync('older', 'echo', { text: 'x' });
  t.deepEqual(Object.keys((await fixture.control()).headers).filter((name) => name.startsWith('mcp-param')), []);
});
