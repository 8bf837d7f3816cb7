'use strict';
// Another copy of the package in one process is an engine and a guard of its own: said once, and shown by doctor.
const fs = require('node:fs');
const path = require('node:path');
const test = require('ava').default;

const { findCopies } = require('../lib/cli/package-copies.js');
const { copyPackage } = require('./helpers/package-copy.js');
const { root, runNode } = require('./helpers/run-node.js');

/** The warnings of procman that a program hears. */
async function warnings(t, script) {
  const before = `const heard = []; process.on('warning', ({ name, message }) => name === 'ProcmanWarning' && heard.push(message));
    process.on('exit', () => console.log(JSON.stringify(heard)));`;
  const { code, stdout, stderr } = await runNode(`${before} ${script}`);
  t.is(code, 0, stderr);
  return JSON.parse(stdout);
}

const use = (folder) => `require(${JSON.stringify(folder)}).getSemaphoreStatus();`;

test('a second copy, and a third, is one warning that names the first two', async (t) => {
  const [second, third] = [copyPackage(t).folder, copyPackage(t).folder];
  const heard = await warnings(t, `${use(root)} ${use(second)} ${use(root)} ${use(third)}`);
  t.is(heard.length, 1);
  t.true(heard[0].includes(fs.realpathSync(root)) && heard[0].includes(fs.realpathSync(second)), heard[0]);
  t.regex(heard[0], /npm dedupe/);
});

test('the same copy by require, by import, by another path and in a worker is no second one', async (t) => {
  const link = path.join(copyPackage(t).folder, 'link');
  fs.symlinkSync(root, link);
  const worker = `const { Worker } = require('node:worker_threads'); new Worker(${JSON.stringify(use(root))}, { eval: true });`;
  const again = `for (const id of Object.keys(require.cache)) if (id.endsWith('.js')) delete require.cache[id];`;
  t.deepEqual(await warnings(t, `${use(root)} ${use(link)} ${again} ${use(root)} import(${JSON.stringify(path.join(root, 'index.mjs'))}).then((all) => all.getSemaphoreStatus()); ${worker}`), []);
});

test('doctor finds the copies that a project may load', async (t) => {
  const project = copyPackage(t).folder;
  const put = (...place) => {
    const folder = path.join(project, ...place, 'node_modules', '@ops', 'procman');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{}');
    return fs.realpathSync(folder);
  };
  t.deepEqual(findCopies(project), []);
  const top = put();
  t.deepEqual(findCopies(path.join(project, 'lib')), [top]);
  const nested = put('node_modules', 'a');
  const scoped = put('node_modules', '@b', 'c');
  fs.mkdirSync(path.join(project, 'node_modules', 'd', 'node_modules', '@ops'), { recursive: true });
  fs.symlinkSync(top, path.join(project, 'node_modules', 'd', 'node_modules', '@ops', 'procman'));
  t.deepEqual(findCopies(project).sort(), [top, nested, scoped].sort());
});
