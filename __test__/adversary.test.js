'use strict';
// A program that does whatever makes a tree hard to stop, for many seeds. Lineage, session and group lead to most of it: all of that ends. What
// they do not lead to is reported. Nobody else of the same name and arguments is touched.
const test = require('ava');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const treeKill = require('tree-kill');
const { shutdown } = require('..');
const { Adversary } = require('./helpers/adversary.js');
const { gone } = require('./helpers/kernel.js');
const { size } = require('./helpers/size.js');
const { faultless, trial } = require('./helpers/trial.js');

test.after.always(() => shutdown());

const run = promisify(execFile);
const asRoot = process.getuid() === 0 ? test.serial : test.serial.skip;
const seeds = Array.from({ length: size(400, 20) }, (_, index) => index + 1);
/** Each peer meets the same trees. */
const peerSeeds = seeds.slice(0, size(100, 6));

/** Each tree in turn; the message of a failure holds what explains it. */
async function stopAll(t, options) {
  for (const seed of seeds) {
    const { outcome, evidence } = await trial(seed, options);
    t.deepEqual(outcome, faultless(seed), evidence);
  }
}

test.serial('what lineage, session and group lead to is gone, what they do not is told, and nobody else is touched', async (t) => {
  t.timeout(size(30, 2) * 60_000);
  await stopAll(t, { graceMs: 60 });
});

test.serial('the same by force', async (t) => {
  t.timeout(size(30, 2) * 60_000);
  await stopAll(t, { force: true });
});

/** Threads were compared as text: `999` counted as the last one of 999 and 1003, and the cgroups of a dead leader are nobody's. */
asRoot('who fell out of a tree is told although the first thread of its root has ended, whatever the numbers', async (t) => {
  const fixture = path.join(__dirname, 'fixtures', 'more-digits.js');
  const { stdout } = await run('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, fixture]);
  t.is(stdout, '');
});

const SHELL_TREE_KILL = `
kill_process_tree() {
  local pid=$1 force=\${2:-false}
  kill -0 "$pid" 2>/dev/null || return 0
  for child in $(pgrep -P "$pid" 2>/dev/null || true); do kill_process_tree "$child" "$force"; done
  if [ "$force" = true ]; then kill -9 "$pid" 2>/dev/null || true
  else kill -15 "$pid" 2>/dev/null || true; sleep 0.5; kill -9 "$pid" 2>/dev/null || true; fi
}
kill_process_tree "$1" true`;

const peers = {
  'tree-kill': ({ pid }) => promisify(treeKill)(pid, 'SIGKILL'),
  fkill: async ({ pid }) => (await import('fkill')).default(pid, { force: true }),
  'the shell function': ({ pid }) => run('bash', ['-c', SHELL_TREE_KILL, 'bash', String(pid)]),
  'the shell function, then pkill -f': async ({ pid, log }) => {
    await run('bash', ['-c', SHELL_TREE_KILL, 'bash', String(pid)]);
    await run('pkill', ['-9', '-f', log]);
  },
};

/** Negative control: on the same trees others leave processes or hit strangers, so the oracle sees both. */
test.serial('the oracle finds what other ways leave and whom they hit', async (t) => {
  t.timeout(size(30, 2) * 60_000);
  const table = {};
  for (const [name, stop] of Object.entries(peers)) {
    const row = (table[name] = { trees: 0, reachableLeft: 0, wrongKills: 0 });
    for (const seed of peerSeeds) {
      const tree = await Adversary.start(seed);
      const reachable = tree.reachable();
      await stop(tree);
      // Whoever was sent SIGKILL ends in this time; the others stay for a minute.
      await gone(reachable.map(({ pid }) => pid), 300).catch(() => {});
      const alive = tree.alive();
      row.trees += 1;
      row.reachableLeft += alive.filter(({ pid, start }) => reachable.some((one) => one.pid === pid && one.start === start)).length;
      row.wrongKills += tree.wrongKills();
      await tree.end();
    }
    t.log(name, row);
  }
  t.true(table['tree-kill'].reachableLeft > 0);
  t.true(table.fkill.reachableLeft > 0);
  t.true(table['the shell function'].reachableLeft > 0);
  t.true(table['the shell function, then pkill -f'].wrongKills > 0);
});
