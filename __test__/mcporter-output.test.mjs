// The native text of a result against mcporter's own functions and V8's JSON: a table of the rules, then seeded random results.
// PROCMAN_SEED and PROCMAN_CASES repeat or widen a run.

import { execFileSync } from 'node:child_process'

import test from 'ava'

import programs from './helpers/programs.js'

const root = new URL('../', import.meta.url)
const mcporter = new URL('node_modules/mcporter/dist/', root)
const { wrapCallResult } = await import(new URL('result-utils.js', mcporter))
const { printCallOutput } = await import(new URL('cli/output-utils.js', mcporter))

const seed = Number(process.env.PROCMAN_SEED ?? 20261122)
const cases = Number(process.env.PROCMAN_CASES ?? 30_000)
const BATCH = 64 * 1024 * 1024

const table = {
  'plain text': [text('hello')],
  'text with line breaks': [text('a\r\nb\n')],
  'empty text': [text('')],
  'no content': [],
  'JSON object in text': [text('{"b":1,"a":[true,null,{}],"c":[]}')],
  'JSON scalar in text': [text(' 12.50 ')],
  'null in text': [text('null')],
  'two blocks of JSON': [text('{"a":1}'), text('[1,{"b":{}}]')],
  'JSON and prose': [text('{"a":1}'), text('prose')],
  'JSON over two blocks': [text('[1,'), text('2]')],
  'Markdown': [{ type: 'markdown', text: '# Title' }, text('ignored')],
  'JSON over two Markdown blocks': [text('x'), { type: 'markdown', text: '[1,' }, { type: 'markdown', text: '2]' }],
  'image only': [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }],
  'image and text': [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }, text('caption')],
  'resource text': [{ type: 'resource', resource: { uri: 'a:b', text: 'inside' } }],
  'resource Markdown': [{ type: 'resource', resource: { uri: 'a:b', mimeType: 'text/MarKdown', text: '' } }],
  'resource blob': [{ type: 'resource', resource: { uri: 'a:"b', blob: 'AAAA' } }],
  'json block': [{ type: 'json', json: { z: 1 } }, { type: 'json', data: { z: 1 } }, { type: 'json', json: null }],
  'bare strings as blocks': ['{"a":1}', 'x'],
  'odd blocks': [null, 1, [], {}, { type: 5 }, { type: 'text' }, { type: 'text', text: 5 }],
}

const structured = {
  'object': { b: 1, a: 2 },
  'json inside': { json: [1], other: 1 },
  'json null inside': { json: null, other: 1 },
  'lonely data': { data: { x: 1 } },
  'data beside others': { data: { x: 1 }, y: 1 },
  'lonely data null': { data: null },
  'markdown inside': { markdown: '# x' },
  'array': [1, 2],
  'string of JSON': '{"a":1}',
  'string of prose': 'prose',
  'false': false,
  'zero': 0,
  'null': null,
}

test('every rule of mcporter', (t) => {
  const results = Object.entries(table).flatMap(([name, content]) => [
    [name, { content }],
    [`${name}, isError`, { content, isError: true }],
    [`${name}, wrapped`, { raw: { result: { content } } }],
    [`${name}, wrapped too deep`, { raw: { result: { raw: { content } } } }],
    [`${name}, as contents`, { contents: content.map((block) => block?.resource ?? block) }],
  ])
  for (const [name, structuredContent] of Object.entries(structured)) {
    results.push([`structured ${name}`, { content: [text('fallback')], structuredContent }])
    results.push([`structured ${name}, alone`, { content: [], structuredContent }])
    results.push([`structured ${name}, inside`, { structuredContent: null, result: { structuredContent } }])
  }
  for (const bare of ['text', '{"a":1}', '', 5, true, null, []]) results.push([`bare ${JSON.stringify(bare)}`, bare])
  compare(t, results.map(([name, result]) => [name, JSON.stringify(result)]))
})

test('what JSON.parse takes and refuses', (t) => {
  const texts = ['\u00a01', '\ufeff1', '1 ', '01', '-', '-0', '1.', '.5', '1e', '1e+', '1E5', '1e400', '-1e400', '"\t"', '"\u007f"',
    '[1,]', '{"a":1,}', '{,}', '[,1]', 'nul', 'nulll', 'tru e', '"\\x"', '"\\u12"', '"\\u12g4"', '"\\', '"\\"', '\v1', '', ' ', '[', ']', '{"a"}',
    '{"a":}', '{1:1}', "{'a':1}", '[1 2]', '[]]', '{}{}', '[[[]]', '{"a":1]', '[1}', '\t[ ]\r\n', '{"\\u0061":1,"a":2}', '"\ud83d"', '"\ud83d\\ude00"',
    '"\\ud83d\ude00"', '"\u2028\u2029"', '1'.repeat(400), '0.' + '1'.repeat(400), '[1e21,1e20,1e-6,1e-7,0.1,5e-324,1.7976931348623157e308]',
    '123456789012345678901234567890', '[9007199254740991,9007199254740993,999999999999999,1000000000000000]', '[0.0,-0.0,-1,-12345678901234567]']
  compare(t, texts.map((it) => [JSON.stringify(it), JSON.stringify({ content: [text(it)] })]))
})

test('a wrong comparison is noticed', (t) => {
  const [native] = render(['{"content":[{"type":"text","text":"{\\"a\\":1}"}]}'])
  t.not(native, expected('{"content":[{"type":"text","text":"{\\"a\\":2}"}]}'))
})

test(`${cases} random results, seed ${seed}`, (t) => {
  const random = new Random(seed)
  // One result a line, so a line break becomes the other white space that JSON.parse treats alike.
  const results = Array.from({ length: cases }, (_, index) => [`case ${index}`, randomResult(random).replaceAll('\n', '\r')])
  compare(t, results)
  const inspected = results.filter(([, result]) => expected(result) === undefined).length
  t.true(inspected < cases / 2, `${inspected} of ${cases} results compare nothing`)
})

function compare(t, results) {
  const rendered = render(results.map(([, result]) => result))
  t.is(rendered.length, results.length)
  const wrong = results.flatMap(([name, result], index) => {
    const wanted = expected(result)
    return rendered[index] === wanted ? [] : [{ name, result, wanted, rendered: rendered[index] }]
  })
  t.deepEqual(wrong.slice(0, 3), [], `${wrong.length} results differ`)
}

function render(results) {
  const printed = execFileSync(programs.example('render_results'), { input: results.join('\n') + '\n', maxBuffer: BATCH * 8 })
  return printed.toString('latin1').trimEnd().split('\n').map((line) => {
    if (line === 'I') return undefined
    return line === 'E' ? null : Buffer.from(line.slice(1), 'hex').swap16().toString('utf16le')
  })
}

/** What mcporter prints; undefined where it inspects, null where the result is not JSON. */
function expected(line) {
  let raw
  try {
    raw = JSON.parse(line)
  } catch {
    return null
  }
  const { callResult } = wrapCallResult(raw)
  const printable = callResult.json() !== null || typeof callResult.markdown() === 'string' || typeof callResult.text() === 'string'
  if (!printable && raw !== null) return undefined
  const log = console.log
  let printed
  console.log = (value) => { printed = `${value}\n` }
  try {
    printCallOutput(callResult, raw, 'auto')
  } finally {
    console.log = log
  }
  return printed
}

function text(value) {
  return { type: 'text', text: value }
}

class Random {
  constructor(state) { this.state = state }
  below(limit) {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
  of(list) { return list[this.below(list.length)] }
  some(limit, make) { return Array.from({ length: this.below(limit) }, make) }
}

const characters = ['a', 'Z', '7', ' ', '\n', '\r', '\t', '"', '\\', '/', '\0', '\x1f', '\x7f', 'é', '€', '\u2028', '😀', '\ud83d', '\ude00', '{', '[', ',', ':', 'u', '\ud7ff', '\ue000']
const numbers = ['0', '-0', '1', '12', '007', '1.5', '1.0', '1e5', '1E-7', '1e400', '-', '1.', '123456789012345678', '0.1', '5e-324', '4294967295', '1e21']
const keys = ['a', 'b', '0', '1', '10', '01', '-1', '4294967294', '4294967295', '__proto__', 'constructor', 'toJSON', 'json', 'data', 'text', 'length', '']
const blank = ['', '', '', ' ', '\t', '\r', '  ']

/** The text of a JSON value with everything that may differ between two printers, now and then broken. */
function randomJson(random, depth = 0) {
  const pad = () => random.of(blank)
  const string = () => '"' + random.some(6, () => escapedCharacter(random)).join('') + '"'
  const key = () => random.below(3) ? JSON.stringify(random.of(keys)) : string()
  switch (random.below(depth > 3 ? 4 : 7)) {
    case 0: return random.of(numbers)
    case 1: return random.of(['true', 'false', 'null', 'nul', 'True'].slice(0, random.below(20) ? 3 : 5))
    case 2:
    case 3: return string()
    case 4: return `[${random.some(5, () => pad() + randomJson(random, depth + 1) + pad()).join(',')}]`
    default: return `{${random.some(6, () => `${pad()}${key()}${pad()}:${pad()}${randomJson(random, depth + 1)}`).join(',')}${pad()}}`
  }
}

function escapedCharacter(random) {
  const character = random.of(characters)
  const unicode = () => [...Array(character.length).keys()].map((at) => '\\u' + character.charCodeAt(at).toString(16).padStart(4, '0')).join('')
  switch (random.below(8)) {
    case 0: return unicode()
    case 1: return unicode().toUpperCase().replaceAll('\\U', '\\u')
    case 2: return '\\/'
    case 3: return random.below(20) ? '\\n' : random.of(['\\x', '\\u12', '\n', '\\'])
    default: return JSON.stringify(character).slice(1, -1)
  }
}

function randomText(random) {
  switch (random.below(4)) {
    case 0: return random.some(12, () => random.of(characters)).join('')
    case 1: return random.of(['null', '[1,', '2]', '', 'x', '{}', '{', '}'])
    default: return random.of(blank) + randomJson(random) + random.of(blank)
  }
}

function randomBlock(random) {
  const kind = random.of(['text', 'text', 'text', 'markdown', 'resource', 'json', 'image', 'string', 'junk'])
  const value = () => randomText(random)
  switch (kind) {
    case 'resource': return { type: kind, resource: { uri: 'u:1', mimeType: random.of(['text/plain', 'text/markdown']), [random.of(['text', 'blob'])]: value() } }
    case 'json': return { type: kind, [random.of(['json', 'data', 'text'])]: random.of([null, { b: 1, a: [] }, 'x', 0]) }
    case 'image': return { type: kind, data: 'AAAA' }
    case 'string': return value()
    case 'junk': return random.of([null, 5, [], {}, { type: 'text', text: null }])
    default: return { type: kind, text: value() }
  }
}

function randomResult(random) {
  const content = `"content":${JSON.stringify(random.some(4, () => randomBlock(random)))}`
  const structuredContent = `"structuredContent":${randomJson(random)}`
  switch (random.below(8)) {
    case 0: return `{${content},${structuredContent}}`
    case 1: return `{${structuredContent},${content},"isError":true}`
    case 2: return `{"raw":{${content}},"result":{${structuredContent}}}`
    case 3: return `{"content":1,"raw":{"result":{${content}}}}`
    case 4: return `{${content},"content":[{"type":"text","text":"last wins"}],${content}}`
    default: return `{${content}}`
  }
}
