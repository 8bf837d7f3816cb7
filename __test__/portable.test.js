'use strict';
// The backend for other systems, on this one: weaker by its own account, and complete where it claims to be.
const test = require('ava');

const { runNode } = require('./helpers/run-node.js');

/** Runs a script under a backend; what it printed, parsed. */
async function under(backend, script) {
  const program = `const procman = require('.');
    const told = ({ code, message }) => ({ code, message });
    (async () => { ${script} })().then((seen) => console.log(JSON.stringify(seen)));`;
  const { stdout, stderr, code } = await runNode(program, { env: { ...process.env, PROCMAN_BACKEND: backend } });
  return code === 0 ? JSON.parse(stdout) : Promise.reject(new Error(stderr));
}

test('it says what it cannot promise', async (t) => {
  const seen = await under('portable', 'return procman.capabilities();');
  t.like(seen, { backend: 'portable', pidfd: false, subreaper: false, cgroupKill: false, identity: 'best-effort', guarantee: 'best-effort' });
});

test('it lists what the other one lists', async (t) => {
  const script = `const own = (await procman.listProcesses()).find(({ pid }) => pid === process.pid);
    const { ppid, pgid, sid, uid, exe, argv, orphan } = own;
    return { pid: own.pid === process.pid, parent: ppid === process.ppid, pgid: pgid > 0, sid: sid > 0, uid, exe, argv, orphan, running: own.rssBytes > 2 ** 20 };`;
  const [portable, linux] = await Promise.all([under('portable', script), under('linux', script)]);
  t.deepEqual(portable, linux);
});

test('it stops a tree, and refuses what must be refused', async (t) => {
  const seen = await under(
    'portable',
    `const { spawn } = require('node:child_process');
     const { once } = require('node:events');
     const script = 'trap "" TERM; setsid sleep 60 & sleep 60 & echo ready; while :; do sleep 60; done';
     const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
     await once(child.stdout, 'data');
     const ended = once(child, 'exit');
     const tree = await procman.getDescendants(child.pid);
     const { stopped, forced, survivors } = await procman.killProcessTree(child.pid, { graceMs: 200 });
     await ended;
     const left = await procman.listProcesses();
     return {
       tree: tree.length,
       ended: stopped.length + forced.length >= tree.length,
       forced: forced.some(({ pid }) => pid === child.pid),
       survivors,
       left: tree.filter((one) => left.some(({ pid, startToken, state }) => pid === one.pid && startToken === one.startToken && state !== 'zombie')),
       parent: (await procman.killProcessTree(process.ppid).catch(told)).code,
     };`,
  );
  t.true(seen.tree >= 3);
  t.like(seen, { ended: true, forced: true, survivors: [], left: [], parent: 'ERR_KILL_REFUSED' });
});

test('it runs no units, and says so', async (t) => {
  const seen = await under('portable', `return procman.spawn('true').catch(told);`);
  t.is(seen.code, 'ERR_UNSUPPORTED');
  t.regex(seen.message, /PROCMAN_BACKEND/);
});

test('what would look past it into /proc is refused', async (t) => {
  const script = `const refused = (work) => work.then(() => 'done', told);
    const { pid } = process;
    return Promise.all([procman.explainProcess({ pid }), procman.explainProcess({ port: 1 }), procman.sweep({ dryRun: true }), procman.sweepFiles({ folders: [], dryRun: true }),
      procman.readProcessTrees('/nowhere/services.pids'), procman.saveProcessTree('web', pid, '/proc/nowhere/services.pids')].map(refused));`;
  for (const seen of await under('portable', script)) {
    t.is(seen.code, 'ERR_UNSUPPORTED', JSON.stringify(seen));
    t.regex(seen.message, /^the portable backend cannot .*; unset PROCMAN_BACKEND/);
  }
  const codes = (await under('linux', script)).map(({ code }) => code);
  t.false(codes.includes('ERR_UNSUPPORTED'), codes.join());
});

test('a backend that there is not is named with the choice', async (t) => {
  const seen = await under('macos', 'return procman.listProcesses().catch(told);');
  t.is(seen.code, 'ERR_CONFIG');
  t.regex(seen.message, /PROCMAN_BACKEND is 'macos'.*'linux' or 'portable'/);
});
