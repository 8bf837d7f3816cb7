'use strict';
// Next to the processes of root: what an unprivileged user sees and stops, with an open /proc and with one that hides other users.
const { execFile, spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { promisify } = require('node:util');
const test = require('ava');

const { copyPackage } = require('./helpers/package-copy.js');

const run = promisify(execFile);
const asRoot = process.getuid() === 0 ? test : test.skip;
const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', '--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'];
const HIDDEN = ['unshare', '--mount', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', 'sh'];

/** Runs the host of the fixture as nobody, beside a process of root's; what it saw, and whether that process lives. */
async function besideRoot(t, before) {
  const { folder, owned } = copyPackage(t, { uid: NOBODY });
  const roots = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.teardown(() => roots.kill('SIGKILL'));
  await once(roots, 'spawn');
  const file = path.join(folder, '__test__', 'fixtures', 'list-and-kill.js');
  const [command, ...args] = [...before, ...AS_NOBODY, process.execPath, file, String(roots.pid)];
  const { stdout } = await run(command, args, { env: { ...process.env, PROCMAN_STATE_DIR: owned, HOME: owned } });
  return { seen: JSON.parse(stdout), pid: roots.pid, alive: roots.exitCode === null && roots.signalCode === null };
}

asRoot('an unprivileged user sees the processes of root, may not stop them, and stops its own', async (t) => {
  const { seen, pid, alive } = await besideRoot(t, []);
  t.like(seen, { uid: NOBODY, stopped: 2, survivors: 0, foreign: { pid, uid: 0, name: 'sleep', argv: ['sleep', '60'] } });
  t.like(seen.refused, { code: 'ERR_KILL_REFUSED' });
  t.regex(seen.refused.message, /belongs to user 0/);
  t.true(alive);
});

asRoot('with hidepid it sees its own alone, and stops them', async (t) => {
  const { seen, alive } = await besideRoot(t, HIDDEN);
  t.like(seen, { uid: NOBODY, users: [NOBODY], foreign: null, stopped: 2, survivors: 0 });
  // The kernel says that somebody is there: "nothing to stop" was no answer.
  t.like(seen.refused, { code: 'ERR_KILL_REFUSED' });
  t.regex(seen.refused.message, /is hidden from this process/);
  t.true(alive);
});
