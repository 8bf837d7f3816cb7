// One call from the shell, everything cold: `procman call` beside `mcporter call`, same server, same configuration file.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { withEnvironment } from '../scripts/processes.mjs';
import { compare } from './harness.mjs';
import { Table } from './table.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'procman-cold-'));
const config = path.join(folder, 'mcporter.json');
const everything = path.join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
writeFileSync(config, JSON.stringify({ imports: [], mcpServers: { everything: { command: process.execPath, args: [everything] } } }));

const mark = `PROCMAN_BENCH_RUN=${randomUUID()}`;
const env = { PATH: process.env.PATH, HOME: folder, [mark.split('=')[0]]: mark.split('=')[1] };

/** Milliseconds from the start of Node to its end. */
function timed(args, expected) {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
  const took = performance.now() - start;
  if (status !== 0 || stdout.trim() !== expected) throw new Error(`${args.join(' ')}: status ${status}, ${stdout}${stderr}`);
  waitForServers();
  return took;
}

/** A server that is still on its way out would slow the next contender down. */
function waitForServers() {
  for (const pid of withEnvironment(mark)) spawnSync('tail', ['--pid', String(pid), '-s', '0.01', '-f', '/dev/null']);
}

const call = ['call', 'everything.echo', 'message=hi'];
const program = (file, ...options) => () => timed([path.join(root, file), ...call, '--config', config, ...options], 'Echo: hi');

const contenders = {
  procman: program('bin/procman.js'),
  waiting: program('bin/procman.js', '--wait'),
  mcporter: program('node_modules/mcporter/dist/cli.js'),
  node: () => timed(['-e', '0'], ''),
};
await compare(contenders, 1);
const { procman, waiting, mcporter, node } = await compare(contenders);

const table = new Table('Cold, from the shell');
table.ratio('one call of server-everything', { ours: procman, peer: mcporter, peerName: 'mcporter call', unit: 'ms', atMost: 0.6 });
table.told('the same with `--wait` for the end of the server', { ours: waiting, peer: mcporter, peerName: 'mcporter call', unit: 'ms' });
table.told('beside Node alone (`node -e 0`)', { ours: procman, peer: node, peerName: 'node', unit: 'ms' });
table.print();
rmSync(folder, { recursive: true });
