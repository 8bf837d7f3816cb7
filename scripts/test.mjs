// `npm test`: installs and builds what is missing, runs the Rust and the JavaScript suite, then looks for processes that
// either of them left behind. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Inherited by everything that the suites start, so that what is left can be told from other people's processes. */
const COOKIE = `PROCMAN_TEST_RUN=${randomUUID()}`;
const SUITE_TIMEOUT_MS = (process.env.PROCMAN_SOAK === '1' ? 60 : 10) * 60_000;
/** What a guard may take to notice that its host is gone and to stop its units. */
const LEAVE_TIMEOUT_MS = 10_000;
/** Somebody else's, started from this checkout. */
const guardsBefore = new Set(guards());
const total = { passed: 0, failed: 0 };

step(process.execPath, ['scripts/install.mjs']);
step(process.execPath, ['scripts/build.mjs']);
count(cargoTests());
count(avaTests());
count(leftovers());
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** Builds the examples too: the servers and helpers that the JavaScript tests start. */
function cargoTests() {
  const output = suite('cargo', ['test', '--no-default-features', '--features', 'failpoints', '--no-fail-fast']);
  const results = [...output.text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)];
  return counted('Rust', output, sum(results, 1), sum(results, 2));
}

function avaTests() {
  const ava = path.join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
  const output = suite(process.execPath, [ava, '--tap']);
  return counted('JavaScript', output, sum([...output.text.matchAll(/^# pass (\d+)/gm)], 1), sum([...output.text.matchAll(/^# fail (\d+)/gm)], 1));
}

/** A suite that ended badly without naming a failed test, or that ran none, is a failure too. */
function counted(name, { status }, passed, failed) {
  const broken = failed === 0 && (status !== 0 || passed === 0);
  if (broken) console.error(`${name}: ended with status ${status} after ${passed} tests`);
  return { passed, failed: failed + (broken ? 1 : 0) };
}

function leftovers() {
  const alive = marked().filter((pid) => !endsSoon(pid));
  for (const pid of alive) console.error(`left behind: ${pid} ${commandLine(pid)}`);
  return { passed: alive.length === 0 ? 1 : 0, failed: alive.length };
}

/** Units and hosts have this run's cookie in their environment; guards and shims have a minimal one, but our executable. */
function marked() {
  const carry = processes().filter((pid) => read(pid, 'environ').split('\0').includes(COOKIE));
  return [...new Set([...carry, ...guards().filter((pid) => !guardsBefore.has(pid))])];
}

function guards() {
  const binaries = ['procman-guard', 'target/debug/procman-guard'].map((file) => path.join(root, file));
  return processes().filter((pid) => binaries.includes(executable(pid).replace(' (deleted)', '')));
}

function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
}

function endsSoon(pid) {
  return spawnSync('tail', ['--pid', pid, '-f', '/dev/null'], { timeout: LEAVE_TIMEOUT_MS }).status === 0;
}

function commandLine(pid) {
  return read(pid, 'cmdline').replaceAll('\0', ' ');
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function executable(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

function suite(command, args) {
  const [name, value] = COOKIE.split('=');
  const env = { ...process.env, [name]: value };
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: SUITE_TIMEOUT_MS,
    maxBuffer: 2 ** 28,
  });
  process.stdout.write(result.stdout);
  return { status: result.status, text: result.stdout };
}

function step(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`test: ${command} ${args.join(' ')} ended with status ${status}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

function count({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}

function sum(matches, group) {
  return matches.reduce((all, match) => all + Number(match[group]), 0);
}
