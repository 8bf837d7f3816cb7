// Permits beside async-sema and p-limit: uncontended, and 100 000 waiters at once. Each in processes of its own (`clients/semaphore.mjs`).
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { median, sample } from './harness.mjs';
import { Table } from './table.mjs';

const client = fileURLToPath(new URL('./clients/semaphore.mjs', import.meta.url));
const run = (kind) => () => JSON.parse(execFileSync(process.execPath, [client, kind], { encoding: 'utf8' }));

const kinds = ['semaphore', 'mcpSemaphore', 'asyncSema', 'pLimit'];
const results = await sample(Object.fromEntries(kinds.map((kind) => [kind, run(kind)])));

const table = new Table('Semaphore');
add('uncontended acquire + release', 'uncontended');
add('100,000 contended waiters, per task', 'contended');
table.print();

function add(what, field) {
  const ns = (kind) => median(results[kind].map((result) => result[field]));
  for (const kind of ['semaphore', 'mcpSemaphore']) {
    table.ratio(`${what}, \`${kind}\``, { ours: ns(kind), peer: ns('asyncSema'), peerName: 'async-sema', unit: 'ns', atMost: 1 });
  }
  table.told(what, { ours: ns('semaphore'), peer: ns('pLimit'), peerName: 'p-limit', unit: 'ns' });
}
