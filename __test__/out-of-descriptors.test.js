'use strict';
// The host or its user is out of descriptors while guard and host talk: nobody else suffers, and everything is told.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava');

const { copyPackage } = require('./helpers/package-copy.js');
const { example } = require('./helpers/programs.js');
const { limited, runNode } = require('./helpers/run-node.js');

const asRoot = process.getuid() === 0 ? test : test.skip;
const NOBODY = 65_534;

const heard = (stdout, stderr) => {
  if (stdout === '') throw new Error(stderr || 'it said nothing and was killed');
  return JSON.parse(stdout);
};

/** A folder of ledgers that no other test sweeps. */
function ownState(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-room-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return { PROCMAN_STATE_DIR: folder };
}

/** A program that can use up every descriptor that it may have. */
const program = (main) => `
  const fs = require('node:fs');
  const procman = require('.');
  const { guardiansOf } = require('./__test__/helpers/kernel.js');
  const turn = () => new Promise(setImmediate);
  const open = () => fs.readdirSync('/proc/self/fd').length;
  // The first sweep, which has files open, is over when another one may begin.
  const settle = () => procman.sweep({ dryRun: true });
  const fill = () => { const all = []; for (;;) try { all.push(fs.openSync('/dev/null')); } catch { return all; } };
  const sleeper = () => procman.spawn('sleep', ['1000'], { stdio: 'ignore' });
  async function startWithoutRoom(guard) {
    process.kill(guard, 'SIGSTOP');
    const before = open();
    const starting = sleeper();
    // The request lies in the socket of the guard, and what went with it is closed here.
    while (!/scm_fds: 4/.test(fs.readFileSync('/proc/' + guard + '/fdinfo/3', 'utf8')) || open() !== before + 3) await turn();
    const filled = fill();
    process.kill(guard, 'SIGCONT');
    return { unit: await starting, filled };
  }
  (async () => { ${main} })();`;

test('a report that comes while the host has no free descriptor is told cut, and every other unit lives', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      const warned = [];
      process.on('warning', ({ name, message }) => name === 'ProcmanWarning' && warned.push(message));
      const other = await sleeper();
      await settle();
      const big = await procman.spawn('sh', ['-c', 'for i in $(seq 250); do sleep 1000 & done; wait'], { stdio: 'ignore' });
      while ((await big.processes()).length < 251) await turn();
      const filled = fill();
      const report = await big.stop();
      const exit = await big.exited;
      const lives = other.kill(0);
      for (const fd of filled) fs.closeSync(fd);
      const next = await (await procman.spawn('true')).exited;
      const { guard } = await guardiansOf(other.pid);
      await procman.shutdown({ graceMs: 100 });
      console.log(JSON.stringify({ told: report.stopped.length, signal: exit.signal, cause: exit.cause, lives, next: next.code, guardLives: fs.existsSync('/proc/' + guard), warned }));`),
    { before: limited('-n 200'), env: ownState(t) },
  );
  const { told, warned, ...rest } = heard(stdout, stderr);
  t.deepEqual(rest, { signal: 'SIGTERM', cause: 'stop', lives: true, next: 0, guardLives: false });
  t.true(told > 0 && told < 251, `${told}`);
  t.regex(warned.join(), /lists of processes were cut; raise the limit on open files/);
});

test('a unit that starts while the host has no free descriptor runs, takes signals and ends', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      const other = await sleeper();
      await settle();
      const { guard } = await guardiansOf(other.pid);
      const { unit, filled } = await startWithoutRoom(guard);
      for (const fd of filled) fs.closeSync(fd);
      const [lives, alive] = [other.kill(0), unit.kill(0)];
      unit.kill('SIGUSR1');
      const { signal } = await unit.exited;
      await procman.shutdown({ graceMs: 100 });
      console.log(JSON.stringify({ lives, alive, signal, guardLives: fs.existsSync('/proc/' + guard) }));`),
    { before: limited('-n 200'), env: ownState(t) },
  );
  t.deepEqual(heard(stdout, stderr), { lives: true, alive: true, signal: 'SIGUSR1', guardLives: false });
});

test('a unit without a descriptor of its own is told to have ended when its guard dies', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      const other = await sleeper();
      await settle();
      const { guard } = await guardiansOf(other.pid);
      const { unit, filled } = await startWithoutRoom(guard);
      // One at a time is freed by those that end.
      filled.push(...fill());
      process.kill(guard, 'SIGKILL');
      await other.exited;
      for (const fd of filled) fs.closeSync(fd);
      const { cause } = await unit.exited;
      await procman.shutdown();
      console.log(JSON.stringify({ cause, gone: !fs.existsSync('/proc/' + unit.pid) }));`),
    { before: limited('-n 200'), env: ownState(t) },
  );
  t.deepEqual(heard(stdout, stderr), { cause: 'guard', gone: true });
});

test('a guard that talks nonsense is hung up on, and shutdown() waits until it has left', async (t) => {
  const { folder, owned, guard } = copyPackage(t);
  fs.copyFileSync(example('babbling_guard'), guard);
  const { stdout, stderr } = await runNode(
    `const procman = require(${JSON.stringify(folder)});
     procman.configure({ stateDir: ${JSON.stringify(owned)} });
     procman.spawn('true').catch(async ({ code, message }) => {
       await procman.shutdown();
       console.log(JSON.stringify({ code, message, left: require('node:fs').existsSync(${JSON.stringify(path.join(owned, 'left'))}) }));
     });`,
  );
  const { code, message, left } = heard(stdout, stderr);
  t.is(code, 'ERR_GUARD');
  t.regex(message, /sent what is no message/);
  t.true(left);
});

/** Runs the host as nobody with few descriptors, beside a hog of the same user, which has more: it hears on 3 and answers on 4. */
const BESIDE_A_HOG = `
  as_nobody="setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups"
  mkfifo "$FOLDER/in" "$FOLDER/out"
  $as_nobody "$FOLDER/hog" <"$FOLDER/in" >"$FOLDER/out" &
  exec 3>"$FOLDER/in" 4<"$FOLDER/out"
  ulimit -n 100
  exec $as_nobody "$@"`;

asRoot('a start that the kernel will not carry to the guard is told so, may be tried again, and hurts nobody', async (t) => {
  const { folder, owned } = copyPackage(t, { uid: NOBODY });
  fs.copyFileSync(example('descriptor_hog'), path.join(owned, 'hog'));
  const { stdout, stderr } = await runNode(
    `const procman = require(${JSON.stringify(folder)});
     const fs = require('node:fs');
     (async () => {
       const running = await procman.spawn('sleep', ['1000'], { stdio: 'ignore' });
       fs.writeSync(3, 'park\\n');
       fs.readSync(4, Buffer.alloc(7));
       const refused = await Promise.all([1, 2, 3].map(() => procman.spawn('true').catch((error) => error)));
       const lives = running.kill(0);
       const report = await running.stop();
       fs.writeSync(3, 'leave\\n');
       fs.readSync(4, Buffer.alloc(1));
       const next = await (await procman.spawn('true')).exited;
       await procman.shutdown();
       console.log(JSON.stringify({ refused: refused.map(({ code, retryable, message }) => [code, retryable, message]), lives, stopped: report.stopped.length, next: next.code }));
     })();`,
    { before: ['sh', '-c', BESIDE_A_HOG, 'sh'], env: { PROCMAN_STATE_DIR: owned, HOME: owned, FOLDER: owned }, cwd: '/' },
  );
  t.truthy(stdout, stderr);
  const { refused, ...rest } = JSON.parse(stdout);
  t.deepEqual(rest, { lives: true, stopped: 1, next: 0 });
  for (const [code, retryable, message] of refused) {
    t.deepEqual([code, retryable], ['ERR_NATIVE', true]);
    t.regex(message, /Too many references.*ulimit -n.*try again/);
  }
});
