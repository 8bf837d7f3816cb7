'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('ava');
const procman = require('..');
const { root } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

test('the ESM entry has the same names and objects', async (t) => {
  const esm = await import('../index.mjs');
  t.deepEqual(Object.keys(esm).sort(), Object.keys(procman).sort());
  for (const [name, value] of Object.entries(procman)) t.is(esm[name], value, name);
});

test('the subpaths are parts of the entry', (t) => {
  t.is(require('@ops/procman/semaphore'), procman.Semaphore);
  t.is(require('@ops/procman/process-cleanup'), procman.cleanup);
  for (const entry of ['mcp-helper', 'pool-manager']) {
    for (const [name, value] of Object.entries(require(`@ops/procman/${entry}`))) t.is(value, procman[name], name);
  }
});

test('the ESM subpath of the pools has the same objects', async (t) => {
  const manager = require('@ops/procman/pool-manager');
  t.deepEqual({ ...(await import('@ops/procman/pool-manager')) }, manager);
});

test('links of the README led nowhere in an installed package', (t) => {
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const packed = new Set(files.map((file) => file.path));
  const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link);
  t.true(links.length > 10);
  t.deepEqual(links.filter((link) => !packed.has(link)), []);
});

test('requiring neither loads the native part nor starts anything', async (t) => {
  const { stdout, stderr } = await runNode(
    `require('.'); console.log(Object.keys(require.cache).filter((f) => f.endsWith('.node')).length, process._getActiveHandles().length)`,
  );
  t.regex(stdout, /^0 /, stderr);
});
