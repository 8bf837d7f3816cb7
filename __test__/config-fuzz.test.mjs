// Random commands, arguments and variables: our reading against mcporter's, entry by entry.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import test from 'ava';
import programs from './helpers/programs.js';

const COUNT = 2000;
const variables = { SET: 'value', EMPTY: '', WORDS: 'a "b c"' };
const piece = fc.constantFrom('${', '}', '$env:', 'SET', 'EMPTY', 'UNSET', 'WORDS', ':-', ':', '-', '$', '{', '\\', '"', "'", ' ', '\t', '\n', 'x', '7', '_', '=', 'ä', '${SET}', '${UNSET:-d}');
const text = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
const entry = fc.record({ command: text, args: fc.array(text, { maxLength: 2 }), env: fc.record({ VALUE: text }) });

test('random entries are read, or refused, as mcporter does', async (t) => {
  const dumpConfig = programs.example('dump_config');
  const seed = Date.now();
  const entries = Object.fromEntries(fc.sample(entry, { numRuns: COUNT, seed }).map((value, index) => [`s${index}`, value]));
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'procman-fuzz-')));
  t.teardown(() => rmSync(root, { recursive: true }));
  mkdirSync(path.join(root, 'config'));
  writeFileSync(path.join(root, 'config', 'mcporter.json'), JSON.stringify({ mcpServers: entries }));

  const env = { PATH: process.env.PATH, HOME: root, ...variables };
  const oracle = fileURLToPath(new URL('fixtures/mcporter-entries.mjs', import.meta.url));
  const theirs = await ask(process.execPath, [oracle, path.join(root, 'config')], env, entries);
  const { servers: ours } = await ask(dumpConfig, ['--root', root], env);

  let accepted = 0;
  for (const [name, raw] of Object.entries(entries)) {
    const shown = `seed ${seed}: ${JSON.stringify(raw)}`;
    const expected = theirs[name];
    if (expected === null) {
      t.is(ours[name], undefined, shown);
      continue;
    }
    accepted += 1;
    t.deepEqual(ours[name]?.transport, expected.command, shown);
    // Null: the variable that VALUE needs is missing, which only a start finds out.
    if (expected.value === null) t.is(ours[name].env, null, shown);
    else t.is(ours[name].env.VALUE ?? '', expected.value, shown);
  }
  t.true(accepted > COUNT / 10 && accepted < COUNT, `both kinds must occur: ${accepted} accepted of ${COUNT}`);
});

/** Runs a program on a JSON question; resolves to its JSON answer. */
async function ask(command, args, env, question = null) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  // A program that asks nothing may be gone before the question is written.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(question));
  return JSON.parse(await textOf(child.stdout));
}
