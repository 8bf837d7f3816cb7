// `npm run bench [-- name…] [-- --rounds N] [--no-build]`: builds what the benches need, runs each in a process of its own, prints one page.
// A run of all of them is kept in docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { page } from './page.mjs';

const SUFFIX = '.bench.mjs';
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, 'no-build': { type: 'boolean', default: false } },
});
const rounds = Number(options.rounds);
const known = readdirSync(here).filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length)).sort();
const unknown = positionals.find((name) => !known.includes(name));
if (unknown !== undefined) fail(`there is no bench "${unknown}"; there are ${known.join(', ')}`);
if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds must be a whole number of at least 1; got ${options.rounds}`);

if (!options['no-build']) build();
const load = loadavg();
const tables = (positionals.length > 0 ? positionals : known).flatMap(measure);
const text = page(tables, rounds, load);
process.stdout.write(text);
if (positionals.length === 0) writeFileSync(path.join(root, 'docs', 'benchmarks.md'), text);
const missed = tables.flatMap(({ rows }) => rows).filter(({ holds }) => holds === false);
progress(`${missed.length} goals missed\n`);

function build() {
  step(process.execPath, ['scripts/build.mjs']);
  step('cargo', ['build', '--quiet', '--release', '--no-default-features', '--example', 'echo_server', '--example', 'read_loop']);
  step('cargo', ['build', '--quiet', '--profile', 'guard', '--no-default-features', '--example', 'stop_tree']);
}

/** The tables of one bench. A process of its own: the memory of one is no burden on the next, and procman is configured once in each. */
function measure(name) {
  progress(`${name} …\n`);
  const folder = mkdtempSync(path.join(tmpdir(), 'procman-bench-'));
  const out = path.join(folder, 'tables.jsonl');
  step(process.execPath, [path.join(here, name + SUFFIX)], { PROCMAN_BENCH_OUT: out, PROCMAN_BENCH_ROUNDS: String(rounds) });
  const tables = readFileSync(out, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  rmSync(folder, { recursive: true });
  return tables;
}

/** What a step prints is no part of the page. */
function step(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 2, 'inherit'] });
  if (error !== undefined) fail(`${command} cannot be run: ${error.message}`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with status ${status}`);
}

function progress(line) {
  if (process.stderr.isTTY) process.stderr.write(line);
}

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(1);
}
