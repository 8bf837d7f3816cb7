'use strict';
// Two lines of a crontab that begin in the same instant. In a pid namespace of its own: the usual rules mean other people's processes too. Needs root, as
// `unshare` does.
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const test = require('ava').default;

const { EXIT } = require('../lib/cli/exit-codes.js');
const { size } = require('./helpers/size.js');

const run = promisify(execFile);
const NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount-proc'];

function canUnshare() {
  try {
    execFileSync('unshare', [...NAMESPACE, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const rooted = canUnshare() ? test : test.skip;
/** A run looks for as long as a limit must hold: ten seconds. */
const ROUNDS = size(20, 1);

rooted('two runs of health --enforce at once signal whoever exceeds a limit once, and nobody else', async (t) => {
  t.timeout((ROUNDS + 2) * 60_000);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-cron-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const fixture = path.join(__dirname, 'fixtures', 'cron.js');
  const { stdout } = await run('unshare', [...NAMESPACE, process.execPath, fixture, String(ROUNDS), folder]);
  const rounds = stdout.trim().split('\n').map((line) => JSON.parse(line));
  t.is(rounds.length, ROUNDS);
  for (const { code, signals, bystander, runs } of rounds) {
    const told = JSON.stringify(runs, null, 1);
    t.deepEqual({ code, signals, bystander }, { code: 7, signals: ['SIGTERM'], bystander: true }, told);
    t.is(runs.filter(({ stopped }) => stopped === 1).length, 1, told);
    for (const { status, level, saw, others, survivors } of runs) {
      // Whoever came when it was over saw nobody over the limit any more.
      t.is(status, saw ? EXIT.CRITICAL : EXIT.OK, told);
      t.is(level, saw ? 'critical' : 'ok', told);
      t.deepEqual([others, survivors], [[], []], told);
    }
  }
});
