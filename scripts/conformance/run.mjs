// `npm run conformance [-- http|stdio] [-- --scenario NAME]`: the client scenarios of the official suite against our HTTP path, then through a forwarder
// against the stdio engine. The suite's runner needs a newer Node than procman does, so both come by npx.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12';
const NODE = 'node@24';
const here = path.dirname(fileURLToPath(import.meta.url));
const expected = path.join(here, 'expected-failures.yml');

/** What the stdio engine is asked: the scenarios that say nothing of HTTP itself. */
const OVER_STDIO = [
  ['initialize', '2025-11-25'],
  ['tools_call', '2025-11-25'],
  ['request-metadata', '2026-07-28'],
];

const [which = 'all', ...more] = process.argv.slice(2);
const results = [];
if (which !== 'stdio') results.push(['http', more.length > 0 ? conformance('client.mjs', more) : required()]);
if (which !== 'http') {
  for (const [scenario, version] of OVER_STDIO) {
    results.push([`stdio ${scenario}`, conformance('stdio-client.mjs', ['--scenario', scenario, '--spec-version', version])]);
  }
}
for (const [name, passed] of results) console.log(`${passed ? 'passed' : 'FAILED'}  ${name}`);
process.exitCode = results.every(([, passed]) => passed) ? 0 : 1;

/**
 * What 2025-11-25 requires. The suite starts all scenarios at once, and some of its servers judge by who came first: `sse-retry` takes the client's
 * own stream for a reconnection when that is opened after the call's has ended, which happens where two dozen clients share two cores. So who
 * fails beside the others is asked once more alone.
 */
function required() {
  const { status, stdout: report } = suite('client.mjs', ['--requirements', '2025-11-25', '--expected-failures', expected], 'pipe');
  // None where npx could not be started.
  process.stdout.write(report ?? '');
  const failed = unexpectedFailures(report ?? '');
  return status === 0 || (failed.length > 0 && failed.every((scenario) => conformance('client.mjs', ['--scenario', scenario])));
}

function unexpectedFailures(report) {
  const [, list = ''] = stripVTControlCharacters(report).split('Unexpected failures (not in baseline):');
  return [...list.matchAll(/^\s+✗ (\S+)/gm)].map(([, scenario]) => scenario);
}

function conformance(client, options) {
  return suite(client, options, 'inherit').status === 0;
}

function suite(client, options, stdout) {
  const command = `node ${path.join(here, client)}`;
  const args = ['-y', '-p', NODE, '-p', SUITE, 'conformance', 'client', '--command', command, ...options];
  return spawnSync('npx', args, { cwd: path.dirname(path.dirname(here)), stdio: ['inherit', stdout, 'inherit'], encoding: 'utf8' });
}
