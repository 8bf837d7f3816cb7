'use strict';
// What would meet other people's processes on a shared machine runs in a pid namespace of its own, as its init. Needs root, as `unshare` does.
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const test = require('ava').default;

const { size } = require('./helpers/size.js');

const run = promisify(execFile);
const inNamespace = async (...args) => {
  const fixture = path.join(__dirname, 'fixtures', 'scopes.js');
  const { stdout } = await run('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, fixture, ...args]);
  return JSON.parse(stdout);
};

function canUnshare() {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const rooted = canUnshare() ? test : test.skip;

rooted('each scope of a cleanup stops what it names, and nobody who is protected', async (t) => {
  const everybody = { living: true, orphan: true, kept: true, sleep: true, itself: false };
  t.deepEqual(await inNamespace('scopes'), {
    managed: everybody,
    orphans: { ...everybody, orphan: false },
    'all-node': { ...everybody, orphan: false, living: false },
  });
});

rooted('a number that is given on between plan and execution brings nobody into danger', async (t) => {
  const rounds = size(1000, 10);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-reuse-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  t.timeout(size(600_000, 120_000));
  const { reused, refused, stopped, alive } = await inNamespace('reuse', String(rounds), folder);
  // The kernel gives some numbers to threads and helpers first.
  t.true(reused > rounds / 2, `${reused} of ${rounds} numbers were given on`);
  t.deepEqual({ refused, stopped, alive }, { refused: rounds, stopped: 0, alive: rounds });
});
