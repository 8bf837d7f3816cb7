'use strict';
// A copy of the package as it is installed: for users who cannot reach the checkout, and for tests that break a file of it.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root } = require('./programs.js');

const FILES = ['index.js', 'mcp-helper.js', 'semaphore.js', 'binding.js', 'lib', 'package.json', 'procman-guard'];
const FOR_FIXTURES = [
  'scripts/processes.mjs',
  '__test__/fixtures',
  '__test__/helpers/programs.js',
  'target/debug/examples/echo_server',
];

/** The folder of the copy, readable by everybody; removed when the test ends. `owned` is a folder in it that belongs to `uid`. */
function copyPackage(t, { uid = process.getuid() } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-copy-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.chmodSync(folder, 0o755);
  const addons = fs.readdirSync(root).filter((name) => /^procman\..*\.node$/.test(name));
  for (const file of [...FILES, ...addons, ...FOR_FIXTURES]) {
    fs.cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
  }
  const owned = path.join(folder, 'owned');
  fs.mkdirSync(owned, { mode: 0o700 });
  fs.chownSync(owned, uid, uid);
  return { folder, owned, guard: path.join(folder, 'procman-guard') };
}

module.exports = { copyPackage };
