'use strict';
// The end of foreign trees and groups: what is stopped, what is refused and why, and that nobody is ever left stopped.
const { spawn: plainSpawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava');

const { killProcessGroup, killProcessTree, listProcesses, shutdown, spawn } = require('..');
const { cookie, gone, guardiansOf, isAlive } = require('./helpers/kernel.js');
const { stubbornTree } = require('./helpers/programs.js');
const { size } = require('./helpers/size.js');

test.after.always(() => shutdown({ graceMs: 0 }));

const asRoot = process.getuid() === 0 ? test : test.skip;
const NOBODY = 65_534;

/** A foreign program in a session of its own that said a line; what is left of it ends with the test. */
async function foreign(t, command, args = [], { env = {}, ...options } = {}) {
  const mark = cookie();
  const child = plainSpawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, ...mark.env, ...env },
    ...options,
  });
  t.teardown(async () => {
    for (const pid of await mark.survivors()) process.kill(pid, 'SIGKILL');
  });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, pid: child.pid, line: line.trim(), survivors: mark.survivors };
}

const shell = (t, script, options) => foreign(t, 'sh', ['-c', script], options);
const names = (processes) => processes.map(({ name }) => name);
const pids = (processes) => processes.map(({ pid }) => pid);

test('a tree with members that left its session and ignore SIGTERM is gone', async (t) => {
  const { pid, survivors } = await foreign(t, ...stubbornTree());
  const report = await killProcessTree(pid, { graceMs: 100 });
  const told = new Set(pids(report.refused));
  t.deepEqual((await survivors()).filter((left) => !told.has(left)), []);
  t.true(report.forced.length > 0 && report.survivors.length === 0);
  t.true(pids(report.forced).includes(pid) && report.durationMs >= 100);
});

test('who ends in the grace is stopped, who does not is forced, and nobody is both', async (t) => {
  const { pid, line } = await shell(t, `sh -c 'trap "exit 0" TERM; echo $$; while :; do sleep 0.05; done' & trap '' TERM; while :; do sleep 60; done`);
  const report = await killProcessTree(pid, { graceMs: 2000 });
  t.true(pids(report.forced).includes(pid));
  t.true(pids(report.stopped).includes(Number(line)));
  t.deepEqual(pids(report.forced).filter((one) => pids(report.stopped).includes(one)), []);
});

test('force is SIGKILL at once, killSignal is the first signal', async (t) => {
  const forced = await shell(t, `trap 'echo told' TERM; echo ready; while :; do sleep 60; done`);
  t.deepEqual((await killProcessTree(forced.pid, { force: true })).stopped, []);
  const asked = await shell(t, `trap 'exit 0' USR1; trap '' TERM; echo ready; while :; do sleep 0.05; done`);
  const report = await killProcessTree(asked.pid, { killSignal: 'SIGUSR1', graceMs: 5000 });
  t.true(pids(report.stopped).includes(asked.pid));
  await t.throwsAsync(killProcessTree(asked.pid, { killSignal: 'SIGNOTHING' }), { code: 'ERR_INVALID_ARGUMENT' });
});

test('a dry run names the same and touches nobody', async (t) => {
  const { pid, child } = await shell(t, 'sleep 60 & echo ready; wait');
  const dry = await killProcessTree(pid, { dryRun: true });
  t.deepEqual(names(dry.stopped).sort(), ['sh', 'sleep']);
  t.deepEqual([child.exitCode, child.signalCode], [null, null]);
  t.true(await isAlive(pid));
  const report = await killProcessTree(pid);
  t.deepEqual(pids([...report.stopped, ...report.forced]).sort(), pids(dry.stopped).sort());
});

test('a target that is gone is an empty report, also when another has its number', async (t) => {
  const { pid, child } = await shell(t, 'echo ready; read line');
  const identity = (await listProcesses()).find((one) => one.pid === pid);
  const empty = { stopped: [], forced: [], survivors: [], refused: [] };
  t.like(await killProcessTree({ ...identity, startToken: '1' }, { force: true }), empty);
  t.like(await killProcessTree({ ...identity, bootId: 'another' }, { force: true }), empty);
  t.true(await isAlive(pid));
  child.stdin.end();
  await once(child, 'exit');
  t.like(await killProcessTree(identity), empty);
});

test('this process, what is above it, init and everybody at once are refused', async (t) => {
  for (const pid of [process.pid, process.ppid]) await t.throwsAsync(killProcessTree(pid), { code: 'ERR_KILL_REFUSED', message: new RegExp(`${pid}`) });
  for (const pid of [1, 0, -1, -process.pid]) await t.throwsAsync(killProcessTree(pid), { code: 'ERR_KILL_REFUSED' });
  for (const pgid of [1, 0, -1]) await t.throwsAsync(killProcessGroup(pgid), { code: 'ERR_KILL_REFUSED' });
  for (const bad of ['7', 7.5, NaN, null, undefined, {}, { pid: 7 }, { pid: 7, startToken: '' }]) {
    await t.throwsAsync(killProcessTree(bad), { code: 'ERR_INVALID_ARGUMENT' });
  }
});

test('the own guard and its shims are refused', async (t) => {
  const unit = await spawn('sleep', ['60'], { stdio: 'ignore' });
  const { guard, shim } = await guardiansOf(unit.pid);
  for (const pid of [guard, shim]) await t.throwsAsync(killProcessTree(pid), { code: 'ERR_KILL_REFUSED', message: /guards units/ });
  await unit.stop();
});

test('the first process of a unit is stopped as the unit, by its guard', async (t) => {
  const unit = await spawn('sh', ['-c', 'sleep 60; :'], { stdio: 'ignore' });
  const report = await killProcessTree(unit.pid);
  t.true(pids(report.stopped).includes(unit.pid));
  t.like(await unit.exited, { cause: 'stop', survivors: [] });
});

test('a first signal of the caller reached no unit: its guard has one of its own', async (t) => {
  const unit = await spawn('sh', ['-c', `trap 'exit 7' USR1; trap '' TERM; echo ready; while :; do sleep 0.05; done`]);
  await once(unit.stdout, 'data');
  const report = await killProcessTree(unit.pid, { killSignal: 'SIGUSR1', graceMs: 5000 });
  t.true(pids(report.stopped).includes(unit.pid));
  t.is((await unit.exited).code, 7);
});

test('an aborted stop of a unit answered when the unit had ended', async (t) => {
  const unit = await spawn('sh', ['-c', `trap '' TERM; echo ready; while :; do sleep 0.05; done`]);
  await once(unit.stdout, 'data');
  const controller = new AbortController();
  const stop = killProcessTree(unit.pid, { graceMs: 60_000, signal: controller.signal });
  controller.abort('enough');
  t.is((await t.throwsAsync(stop, { code: 'ERR_ABORTED' })).cause, 'enough');
  t.true(await isAlive(unit.pid));
  await unit.stop({ force: true });
});

test('a unit with PROCMAN_KEEP=1 was stopped by its number, although a dry run refused it', async (t) => {
  const unit = await spawn('sleep', ['60'], { stdio: 'ignore', env: { PROCMAN_KEEP: '1' } });
  await t.throwsAsync(killProcessTree(unit.pid), { code: 'ERR_KILL_REFUSED', message: /PROCMAN_KEEP/ });
  t.true(await isAlive(unit.pid));
  await unit.stop();
});

test('a dry run and the stop of a unit name the same, with their command lines', async (t) => {
  const unit = await spawn('sh', ['-c', '(setsid sleep 60 &); echo ready; sleep 61; :']);
  await once(unit.stdout, 'data');
  while ((await unit.processes()).length < 3) await new Promise(setImmediate);
  const lines = ({ stopped, forced }) => [...stopped, ...forced].map(({ argv }) => argv.join(' ')).sort();
  const dry = await killProcessTree(unit.pid, { dryRun: true });
  const report = await killProcessTree(unit.pid);
  t.deepEqual(lines(report), lines(dry));
  t.deepEqual(lines(dry).slice(1), ['sleep 60', 'sleep 61']);
  t.true([...report.stopped, ...report.forced].every((one) => one.unit === unit.id));
  const own = await spawn('sleep', ['62'], { stdio: 'ignore' });
  t.deepEqual(lines(await own.stop()), ['sleep 62']);
});

test('a member with PROCMAN_KEEP=1 and what is below it stay, and are told', async (t) => {
  const { pid, line } = await shell(t, `env PROCMAN_KEEP=1 sh -c 'echo $$; sleep 60; :' & sleep 60`);
  const kept = Number(line);
  const report = await killProcessTree(pid, { force: true });
  t.regex(report.refused.find((one) => one.pid === kept).reason, /PROCMAN_KEEP/);
  t.true(await isAlive(kept));
  await t.throwsAsync(killProcessTree(kept), { code: 'ERR_KILL_REFUSED', message: /PROCMAN_KEEP/ });
  process.kill(kept, 'SIGKILL');
});

// Their session is the tree's, which proved that they belong: they ended, and who protected them was told to be alone.
for (const stop of [killProcessTree, killProcessGroup]) {
  test(`who is below a protected member and has no mark of its own was ended for its session by ${stop.name}`, async (t) => {
    const { pid, line, survivors } = await shell(t, `env PROCMAN_KEEP=1 sh -c 'env -u PROCMAN_KEEP sh -c "echo \\$\\$; sleep 60; :"; :' & sleep 60`);
    const below = Number(line);
    const report = await stop(pid, { force: true });
    const left = await survivors();
    t.is(left.length, 3, 'the protected one, who is below it, and who is below that');
    t.true(left.includes(below));
    t.deepEqual(pids([...report.forced, ...report.stopped]).filter((one) => left.includes(one)), []);
    t.is(pids(report.refused).filter((one) => left.includes(one)).length, 1, 'those below it are its business');
  });
}

test('a daemon with a stop command of its own is refused with the command', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-daemon-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'watchman');
  fs.copyFileSync('/bin/sh', program);
  fs.chmodSync(program, 0o755);
  const { pid } = await foreign(t, program, ['-c', 'echo ready; read line']);
  await t.throwsAsync(killProcessTree(pid), { code: 'ERR_KILL_REFUSED', message: /watchman shutdown-server/ });
  t.true(await isAlive(pid));
});

test('a zombie is not killed; its parent is named', async (t) => {
  // A parent that never waits, and starts nothing else.
  const { pid, line } = await foreign(t, 'perl', ['-e', '$| = 1; my $child = fork; exit 0 unless $child; print "$child\\n"; <STDIN>']);
  const zombie = Number(line);
  await gone([zombie]);
  const error = await t.throwsAsync(killProcessTree(zombie), { code: 'ERR_KILL_REFUSED' });
  t.regex(error.message, new RegExp(`zombie.* ${pid} \\(perl\\)`));
});

asRoot('root stops the processes of another user only if the user is named', async (t) => {
  const { pid } = await foreign(t, 'setpriv', ['--reuid', `${NOBODY}`, '--clear-groups', 'sh', '-c', 'echo ready; read line']);
  await t.throwsAsync(killProcessTree(pid), { code: 'ERR_KILL_REFUSED', message: /user 65534/ });
  t.true(await isAlive(pid));
  t.deepEqual(pids((await killProcessTree(pid, { uids: [NOBODY] })).stopped), [pid]);
});

asRoot('a process of another pid namespace is refused, and is part of a tree that made it', async (t) => {
  const { pid } = await foreign(t, 'unshare', ['--pid', '--fork', '--kill-child', 'sh', '-c', 'echo ready; read line; :']);
  const inside = (await listProcesses()).find(({ ppid }) => ppid === pid);
  const own = (await listProcesses()).find((one) => one.pid === process.pid);
  t.not(inside.pidNamespace, own.pidNamespace);
  await t.throwsAsync(killProcessTree(inside.pid), { code: 'ERR_KILL_REFUSED', message: /namespace/ });
  const report = await killProcessTree(pid, { force: true });
  // The end of the one may be that of the other, before its own signal comes.
  t.deepEqual(pids([...report.forced, ...report.stopped]).sort(), [pid, inside.pid].sort());
});

asRoot('where /proc is of another pid namespace nobody was who he was taken for', async (t) => {
  const script = `
    const { capabilities, killProcessTree, listProcesses, spawn } = require('.');
    const codes = [() => listProcesses(), () => killProcessTree(5), () => spawn('true'), async () => capabilities()];
    Promise.all(codes.map((use) => use().then(() => 'done', (error) => error.code + error.message))).then((all) => console.log(JSON.stringify(all)));`;
  const answers = async (...more) => {
    const host = plainSpawn('unshare', ['--pid', '--fork', '--kill-child', ...more, process.execPath, '-e', script], { cwd: path.join(__dirname, '..') });
    return JSON.parse((await once(host.stdout.setEncoding('utf8'), 'data'))[0]);
  };
  const cli = path.join(__dirname, '..', 'bin', 'procman.js');
  const doctor = plainSpawn('unshare', ['--pid', '--fork', '--kill-child', process.execPath, cli, 'doctor']);
  t.regex((await once(doctor.stdout.setEncoding('utf8'), 'data'))[0], /native binding: .*.proc shows [^]*fix: mount a .proc for this pid namespace/);
  for (const answer of await answers()) t.regex(answer, /^ERR_NATIVE.proc shows the processes of another pid namespace: it calls this process \d+, and the kernel 1/);
  // Negative control: with one of its own all of them work.
  t.deepEqual(await answers('--mount-proc'), ['done', 'done', 'done', 'done']);
});

test('a group ends, and who left it stays', async (t) => {
  const { pid, line } = await shell(t, `setsid sh -c 'echo $$; exec sleep 60' & sleep 60 & wait`);
  const left = Number(line);
  const report = await killProcessGroup(pid, { graceMs: 100 });
  t.deepEqual(names([...report.stopped, ...report.forced]).sort(), ['sh', 'sleep']);
  t.true(await isAlive(left));
  process.kill(left, 'SIGKILL');
});

test('a script that ended the group that it was in ended nobody: all of them were below who asked', async (t) => {
  const script = `
    const { spawn } = require('node:child_process');
    const workers = [1, 2].map(() => spawn('sleep', ['60'], { stdio: 'ignore' }));
    require('.').killProcessGroup(process.pid, { graceMs: 5000 }).then(({ stopped, refused }) => {
      console.log(JSON.stringify([stopped.map(({ pid }) => pid).sort(), workers.map(({ pid }) => pid).sort(), refused.map(({ pid }) => pid)]));
    });`;
  const host = plainSpawn(process.execPath, ['-e', script], { cwd: path.join(__dirname, '..'), detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const [stopped, workers, refused] = JSON.parse((await once(host.stdout.setEncoding('utf8'), 'data'))[0]);
  t.deepEqual(stopped, workers);
  t.deepEqual(refused, [host.pid]);
});

/** So many processes below one. */
const crowd = (count) => ['perl', ['-e', `$| = 1; for (1 .. ${count}) { next if fork; sleep 600; exit } print "ready\\n"; sleep 600`]];

test.serial('a tree of thousands is gone, each one under its own identity', async (t) => {
  const count = size(5000, 1000);
  t.timeout(120_000);
  const { pid, survivors } = await foreign(t, ...crowd(count));
  const tokens = new Set((await listProcesses()).map(({ startToken }) => startToken));
  t.true(tokens.size > count);
  const report = await killProcessTree(pid, { force: true });
  t.is(report.forced.length, count + 1);
  t.deepEqual(await survivors(), []);
});

test.serial('a host with few descriptors stops a tree that is larger', async (t) => {
  const { pid, survivors } = await foreign(t, ...crowd(300));
  const script = `require('.').killProcessTree(${pid}, { force: true }).then(({ forced }) => console.log(forced.length))`;
  const host = plainSpawn('sh', ['-c', 'ulimit -n 128; exec "$0" -e "$1"', process.execPath, script], { cwd: path.join(__dirname, '..') });
  const [text] = await once(host.stdout.setEncoding('utf8'), 'data');
  t.is(Number(text), 301);
  t.deepEqual(await survivors(), []);
});

test('an aborted stop ends nobody else and leaves nobody stopped', async (t) => {
  const { pid } = await shell(t, `trap '' TERM; sh -c 'trap "" TERM; echo ready; while :; do sleep 60; done' & while :; do sleep 60; done`);
  const controller = new AbortController();
  const stop = killProcessTree(pid, { graceMs: Infinity, signal: controller.signal });
  controller.abort('enough');
  const error = await t.throwsAsync(stop, { code: 'ERR_ABORTED', name: 'AbortError' });
  t.is(error.cause, 'enough');
  const { stat } = await import('../scripts/processes.mjs');
  t.true(['S', 'R', 'D'].includes(stat(pid).state), stat(pid).state);
  await killProcessTree(pid, { force: true });
});

test('an aborted stop continued a member that somebody had suspended before', async (t) => {
  const { stat } = await import('../scripts/processes.mjs');
  const { pid, line } = await shell(t, `sh -c 'echo $$; kill -STOP $$; :' & sleep 60 & wait`);
  const suspended = Number(line);
  while (stat(suspended).state !== 'T') await new Promise(setImmediate);
  const controller = new AbortController();
  const stop = killProcessTree(pid, { signal: controller.signal });
  controller.abort();
  await t.throwsAsync(stop, { code: 'ERR_ABORTED' });
  t.is(stat(suspended)?.state, 'T');
});

test('grandchildren in the session of their root ran on while the others were held still', async (t) => {
  const { stat, descendantsOf } = await import('../scripts/processes.mjs');
  const { pid } = await shell(t, `trap '' TERM; for i in 1 2 3 4 5 6 7 8 9 10; do sh -c 'echo ready; sleep 60; :' & done; while :; do sleep 60; done`);
  const grandchildren = () => descendantsOf(pid).filter((one) => ![pid, undefined].includes(stat(one)?.ppid));
  while (grandchildren().length < 10) await new Promise(setImmediate);
  const seen = new Set();
  const until = Date.now() + 20_000;
  // One hold may be over before it is seen, so it is asked for again and again; nobody minds SIGURG.
  while (seen.size < 10 && Date.now() < until) {
    const stop = new AbortController();
    const over = killProcessTree(pid, { graceMs: Infinity, killSignal: 'SIGURG', signal: stop.signal }).catch(() => {});
    const members = grandchildren();
    for (let looks = 0; looks < 40; looks++) {
      members.filter((one) => stat(one)?.state === 'T').forEach((one) => seen.add(one));
      await new Promise(setImmediate);
    }
    stop.abort();
    await over;
  }
  t.is(seen.size, 10);
  await killProcessTree(pid, { force: true });
});

test('a host that is killed while it holds a tree still leaves nobody stopped', async (t) => {
  const { stat, descendantsOf } = await import('../scripts/processes.mjs');
  // The target goes on forking, so that the others are held until it has been looked at many times.
  const { pid } = await shell(
    t,
    `trap '' TERM; i=0; while [ $i -lt 50 ]; do sleep 60 & i=$((i + 1)); done; echo ready
     while [ $i -lt 1500 ]; do sleep 60 & i=$((i + 1)); j=0; while [ $j -lt 5000 ]; do j=$((j + 1)); done; done
     while :; do sleep 60; done`,
  );
  const members = descendantsOf(pid);
  // One hold may be over before it is seen, so the host asks again and again; nobody minds SIGURG.
  const holdAgain = `(async () => {
    for (;;) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 200);
      await require('.').killProcessTree(${pid}, { graceMs: Infinity, killSignal: 'SIGURG', signal: stop.signal }).catch(() => {});
    }
  })()`;
  const host = plainSpawn(process.execPath, ['-e', holdAgain], { cwd: path.join(__dirname, '..'), stdio: ['ignore', 'inherit', 'inherit'] });
  const isStopped = (one) => stat(one)?.state === 'T';
  const sees = async (wanted) => {
    const until = Date.now() + 20_000;
    while (Date.now() < until) {
      if (members.some(isStopped) === wanted) return true;
      await new Promise(setImmediate);
    }
    return false;
  };
  t.true(await sees(true), 'the tree is held still for a moment');
  host.kill('SIGKILL');
  await once(host, 'exit');
  t.true(await sees(false), 'the waker continued it');
  t.true(descendantsOf(pid).length >= members.length);
  await killProcessTree(pid, { force: true });
});
