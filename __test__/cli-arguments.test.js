'use strict';
// From words to arguments, and from results to text, against mcporter's own CLI.

const { execFileSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const test = require('ava').default;
const { parseJsonObject, parsePairs } = require('../lib/cli/argument-values.js');
const { renderOutcome } = require('../lib/cli/call-output.js');
const { parseTarget } = require('../lib/cli/call-target.js');
const { withSchemaStrings } = require('../lib/cli/schema-strings.js');

const VALUES = [
  'text', '', ' ', '  padded  ', 'true', 'false', 'TRUE', ' true ', 'null', 'none', 'None', '0', '-0', '5', '-1.5', '+5', '007', '1e3', '1.0', '.5', '5.', '1e21', '0x10',
  'NaN', '9007199254740993', '{"a":1}', '{a}', '[1,"b"]', '[1,', '{}', ' [] ', 'a=b', 'a:b', '@@at', '@@', '"quoted"', 'ä €', '12 ',
];

const WORDS = [
  ...VALUES.map((value) => [`key=${value}`]),
  ['key:value'], ['key:5'], ['key:', 'next word'], ['key:', '7'], ['key:=5'], ['key:=text'], ['url=https://x.test/?a=b'], ['url:https://x.test'], ['url:https://x.test?a=b'],
  ['a=1', 'a=two'], ['a=two', 'a=1'], ['a=1', 'b:2', 'c:', '3'], ['with.dot=1'], ['key==x'], ['ü=1'],
];

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const RESULTS = [
  text('plain'), text('{"a":1}'), text('5'), text('null'), text('"str"'), text(' [1] '), text(''), text('two\nlines'),
  { content: [{ type: 'text', text: '{"a":1}' }, { type: 'text', text: 'x' }] },
  { content: [{ type: 'text', text: '{"a":1}' }, { type: 'text', text: '2' }] },
  { content: [{ type: 'text', text: '[1,' }, { type: 'text', text: '2]' }] },
  { content: [] }, {}, { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }] },
  { content: [{ type: 'resource', resource: { uri: 'x:y', text: '{"r":1}' } }] },
  { content: [{ type: 'resource', resource: { uri: 'x:y', blob: 'AAAA' } }] },
  { content: [{ type: 'text', text: 'says' }], structuredContent: { sum: 5 } },
  { content: [{ type: 'text', text: 'says' }], structuredContent: { data: [1] } },
  { content: [{ type: 'text', text: 'says' }], structuredContent: { json: null } },
  { content: [{ type: 'text', text: 'says' }], structuredContent: '{"x":1}' },
  { content: [{ type: 'markdown', text: '# m' }, { type: 'text', text: 't' }] },
  { content: [{ type: 'text', text: 'no' }], isError: true }, { content: [{ type: 'json', json: { j: 1 } }] }, { content: [{ type: 'text', text: 'deep' }], _meta: { a: { b: { c: { d: [1] } } } } },
];

const oracle = path.join(__dirname, 'fixtures', 'mcporter-cli-rules.mjs');
let theirs;

test.before(() => {
  const input = JSON.stringify({ words: WORDS, results: RESULTS });
  theirs = JSON.parse(execFileSync(process.execPath, [oracle], { input, encoding: 'utf8', timeout: 60_000, stdio: ['pipe', 'pipe', 'ignore'] }));
});

test('words become the arguments that mcporter makes of them', (t) => {
  const ours = WORDS.map((words) => {
    const { pairs, numbers } = parsePairs(words);
    return { args: Object.fromEntries(pairs), numbers: Object.fromEntries(numbers) };
  });
  // One difference on purpose: a key given twice keeps the text of its last value only.
  const expected = theirs.args.map(({ args, numbers }) => ({ args, numbers: Object.fromEntries(Object.entries(numbers).filter(([key]) => typeof args[key] === 'number')) }));
  for (const [index, words] of WORDS.entries()) t.deepEqual(JSON.parse(JSON.stringify(ours[index])), expected[index], JSON.stringify(words));
});

test('results are printed as mcporter prints them, in every format', (t) => {
  for (const [index, result] of RESULTS.entries()) {
    const { auto, json, raw } = theirs.outputs[index];
    const outcome = { output: auto, result };
    t.is(renderOutcome(outcome, 'auto'), auto);
    t.is(renderOutcome(outcome, 'json'), json, JSON.stringify(result));
    t.is(renderOutcome(outcome, 'raw'), raw, JSON.stringify(result));
  }
});

test('a number that JSON cannot carry is a text, where mcporter sends null', (t) => {
  t.deepEqual(parsePairs(['a=Infinity', 'b=-Infinity']).pairs, [['a', 'Infinity'], ['b', '-Infinity']]);
});

test('coercion can be turned off in two steps', (t) => {
  const values = (coercion) => parsePairs(['a=5', 'b=true', 'c={"x":1}', 'd= t '], coercion).pairs.map(([, value]) => value);
  t.deepEqual(values('default'), [5, true, { x: 1 }, 't']);
  t.deepEqual(values('raw-strings'), ['5', true, { x: 1 }, 't']);
  t.deepEqual(values('none'), ['5', 'true', '{"x":1}', 't']);
});

test('a file is taken as it is, and one that is not text is named', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'procman-args-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'f');
  writeFileSync(file, ' 5\n');
  t.deepEqual(parsePairs([`a=@${file}`]).pairs, [['a', ' 5\n']]);
  writeFileSync(file, Buffer.from([0xff]));
  t.throws(() => parsePairs([`a=@${file}`]), { code: 'ERR_INVALID_ARGUMENT', message: /not UTF-8/ });
  t.throws(() => parsePairs(['a=@/no/such/file']), { code: 'ERR_INVALID_ARGUMENT', message: /no\/such\/file/ });
  t.throws(() => parsePairs(['a=@']), { code: 'ERR_INVALID_ARGUMENT' });
});

test('words that are no pair are errors that show how to write one', (t) => {
  for (const words of [['word'], ['=x'], [':x'], ['--flag'], ['key:']]) {
    t.throws(() => parsePairs(words), { code: 'ERR_INVALID_ARGUMENT', message: /key=/ }, words[0]);
  }
});

test('__proto__ is a key like any other', (t) => {
  const args = Object.fromEntries(parsePairs(['__proto__=x']).pairs);
  t.true(Object.hasOwn(args, '__proto__'));
  t.is(JSON.stringify(withSchemaStrings(JSON.parse('{"__proto__":{"a":1}}'), new Map(), undefined)), '{"__proto__":{"a":1}}');
});

test('--args must be a JSON object', (t) => {
  t.deepEqual(parseJsonObject('{"a":[1]}'), { a: [1] });
  for (const bad of ['', '{', '[]', 'null', '5', '"x"']) t.throws(() => parseJsonObject(bad), { code: 'ERR_INVALID_ARGUMENT', message: /--args/ }, bad);
});

test('a target is server, dot, tool, or two words', (t) => {
  t.deepEqual(parseTarget('s.t', ['a=1']), { server: 's', tool: 't', rest: ['a=1'] });
  t.deepEqual(parseTarget('s.t.u', []), { server: 's', tool: 't.u', rest: [] });
  t.deepEqual(parseTarget('s', ['t', 'a=1']), { server: 's', tool: 't', rest: ['a=1'] });
  for (const [selector, words] of [['s', []], ['s', ['a=1']], ['.t', []], ['s.', []], ['s.t(a: 1)', []]]) {
    t.throws(() => parseTarget(selector, words), { code: 'ERR_INVALID_ARGUMENT', message: /server\.tool/ }, selector);
  }
});

test('a number goes out as typed where the schema takes a string', (t) => {
  const numbers = new Map([['id', '123'], ['n', '5'], ['either', '7'], ['any', '8']]);
  const args = { id: 123, n: 5, either: 7, any: 8, other: true };
  const properties = { id: { type: 'string' }, n: { type: 'number' }, either: { type: ['number', 'string'] }, any: { anyOf: [{ type: 'null' }, { type: 'string' }] } };
  t.deepEqual(withSchemaStrings(args, numbers, { properties }), { id: '123', n: 5, either: '7', any: '8', other: true });
  t.deepEqual(withSchemaStrings(args, numbers, undefined), args);
});
