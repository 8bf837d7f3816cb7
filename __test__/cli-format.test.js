'use strict';
// Text of lists: widths, trees, numbers. Pure functions.
const { PassThrough } = require('node:stream');
const readline = require('node:readline');
const test = require('ava').default;
const fc = require('fast-check');

const { cut, formatColumns } = require('../lib/cli/format/columns.js');
const { drawForest } = require('../lib/cli/format/forest.js');
const { printable } = require('../lib/cli/format/printable.js');
const { formatBytes, formatDuration, formatPercent, parseDuration } = require('../lib/cli/format/quantities.js');
const { widthOf } = require('../lib/cli/format/width.js');

test('bytes have at most three digits', (t) => {
  const cases = [[0, '0B'], [1023, '1023B'], [1024, '1.0K'], [1536, '1.5K'], [10189, '10K'], [1047552, '1023K'], [1048100, '1.0M'], [2 ** 30, '1.0G'], [2.5 * 2 ** 40, '2.5T']];
  for (const [bytes, text] of cases) t.is(formatBytes(bytes), text);
});

test('times have their two largest parts', (t) => {
  const cases = [[-5, '0ms'], [0, '0ms'], [850, '850ms'], [42_900, '42s'], [312_000, '5m 12s'], [300_000, '5m'], [3_600_000, '1h'], [93_600_000, '1d 2h'], [90_061_000, '1d 1h']];
  for (const [ms, text] of cases) t.is(formatDuration(ms), text);
});

test('times are read with their unit, a bare number as milliseconds', (t) => {
  const cases = [['15s', 15_000], ['500ms', 500], ['2m', 120_000], ['1.5h', 5_400_000], ['1d', 86_400_000], ['250', 250], [' 3s ', 3000], ['0', 0]];
  for (const [text, ms] of cases) t.is(parseDuration(text), ms);
  for (const text of ['', 's', '-1s', '1 s', '1w', '1e3', 'Infinity', '15 seconds', '99999999999999999999d']) t.is(parseDuration(text), undefined, text);
});

test('shares have one digit below ten', (t) => {
  t.deepEqual([0, 0.04, 9.94, 9.96, 99.6, 812.3].map(formatPercent), ['0.0', '0.0', '9.9', '10', '100', '812']);
});

test('columns are aligned, the last one is cut at the width', (t) => {
  const rows = [['PID', 'COMMAND'], ['7', 'a long command'], ['12345', 'b']];
  t.deepEqual(formatColumns(rows, { right: [0] }), ['  PID  COMMAND', '    7  a long command', '12345  b']);
  t.deepEqual(formatColumns(rows, { right: [0], width: 14 }), ['  PID  COMMAND', '    7  a long\u2026', '12345  b']);
});

test('what is painted keeps its place', (t) => {
  const paint = (style, text) => `<${style}>${text}</>`;
  t.deepEqual(formatColumns([[{ text: 'x', style: 'red' }, 'y'], ['long', 'z']], { paint }), ['<red>x   </>  y', 'long  z']);
});

test('no line is wider than the width, whatever stands in the cells', (t) => {
  const cell = fc.string({ maxLength: 30, unit: 'binary' }).map(printable);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('1', '22', '333'), cell), { minLength: 1, maxLength: 8 }), fc.integer({ min: 8, max: 40 }), (rows, width) =>
      formatColumns(rows, { width }).every((line) => widthOf(line) <= width && !line.includes('\n')),
    ),
  );
  t.is(cut('abcdef', 4), 'abc\u2026');
  t.is(cut('abcd', 4), 'abcd');
});

/** How far Node's own line editor moves its cursor. */
function ruler(t) {
  const editor = readline.createInterface({ input: new PassThrough(), output: new PassThrough(), terminal: true, prompt: '' });
  t.teardown(() => editor.close());
  return (text) => (Object.assign(editor, { line: text, cursor: text.length }), editor.getCursorPos().cols);
}

test('no character takes more columns than are counted for it', (t) => {
  const nodeSays = ruler(t);
  const wrong = [];
  for (let point = 0x20; point < 0x40000; point++) {
    const character = String.fromCodePoint(point);
    // Marks take none on any terminal, and what has no form or no composed one is no character of a width.
    if (/[\p{C}\p{M}\p{Zl}\p{Zp}]/u.test(character) || character !== character.normalize('NFC')) continue;
    if (widthOf(character) < nodeSays(character)) wrong.push(point.toString(16));
  }
  t.deepEqual(wrong, []);
});

test('wide characters count twice and marks not at all, so that lines end at the width', (t) => {
  t.deepEqual(['\u65e5\u672c', '\u{1f600}', '\u{1fae0}', 'e\u0301', '\u2764\ufe0f', 'a'].map(widthOf), [4, 2, 2, 1, 2, 1]);
  t.is(cut('\u65e5\u672c\u8a9e', 6), '\u65e5\u672c\u8a9e');
  t.is(cut('\u65e5\u672c\u8a9e', 5), '\u65e5\u672c\u2026');
  t.is(cut('\u65e5\u672c\u8a9e', 4), '\u65e5\u2026');
  t.is(cut('e\u0301'.repeat(5), 4), `${'e\u0301'.repeat(3)}\u2026`);
  t.deepEqual(formatColumns([['\u65e5\u672c', 'x'], ['abcde', 'y']]), ['\u65e5\u672c   x', 'abcde  y']);
});

test('a name cannot move the cursor, start a new line or turn the text around', (t) => {
  t.is(printable('a\u001b[2Jb\nc\td\u0000e\u202ef\u009b1mg\u2028h'), 'a\u00b7[2Jb\u00b7c\u00b7d\u00b7e\u00b7f\u00b71mg\u00b7h');
  t.is(printable('n\u00e4m\u00eb \u65e5\u672c'), 'n\u00e4m\u00eb \u65e5\u672c');
});

const process = (pid, ppid, startedAt = pid) => ({ pid, ppid, startedAt });
const drawn = (processes, order) => drawForest(processes, order).map(({ process: { pid }, branch }) => `${branch}${pid}`);

test('a tree is drawn with its branches', (t) => {
  const processes = [process(1, 0), process(2, 1), process(3, 1), process(4, 2), process(5, 2), process(9, 7)];
  t.deepEqual(drawn(processes), ['1', '\u251c\u2500 2', '\u2502  \u251c\u2500 4', '\u2502  \u2514\u2500 5', '\u2514\u2500 3', '9']);
  t.deepEqual(drawn(processes, (one, other) => other.pid - one.pid), ['9', '1', '\u251c\u2500 3', '\u2514\u2500 2', '   \u251c\u2500 5', '   \u2514\u2500 4']);
});

test('a ring of parents, a process that is its own parent, and a parent younger than its child', (t) => {
  t.deepEqual(drawn([process(1, 2, 0), process(2, 1, 0)]).length, 2);
  t.deepEqual(drawn([process(5, 5)]), ['5']);
  t.deepEqual(drawn([process(3, 8), process(8, 0)]), ['3', '8']);
});

test('everybody is drawn once, whatever the parents', (t) => {
  const table = fc.uniqueArray(fc.record({ pid: fc.integer({ min: 1, max: 40 }), ppid: fc.integer({ min: 0, max: 40 }), startedAt: fc.integer({ min: 0, max: 3 }) }), { selector: ({ pid }) => pid, maxLength: 30 });
  fc.assert(
    fc.property(table, (processes) => {
      const pids = drawForest(processes).map((line) => line.process.pid);
      return pids.length === processes.length && new Set(pids).size === pids.length;
    }),
  );
  t.pass();
});

test('a chain of 20000 processes is drawn', (t) => {
  t.is(drawForest(Array.from({ length: 20_000 }, (_, index) => process(index + 1, index))).length, 20_000);
});
