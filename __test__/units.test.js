'use strict';
// spawn() and Unit: streams, environment, signals, stops, limits of time.
const { once } = require('node:events');
const fs = require('node:fs');
const { text } = require('node:stream/consumers');
const test = require('ava').default;

const procman = require('..');
const { cookie, gone, isAlive } = require('./helpers/kernel.js');
const { stubbornTree } = require('./helpers/programs.js');
const { limited, runNode } = require('./helpers/run-node.js');

const { spawn } = procman;
test.after.always(() => procman.shutdown({ graceMs: 0 }));

const shell = (line, options) => spawn('sh', ['-c', line], options);
const outputOf = async (line, options) => text((await shell(line, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })).stdout);

test('streams are streams: what is written arrives, both outputs come apart', async (t) => {
  const unit = await shell('cat; echo oops >&2; exit 3');
  unit.stdin.end('žluťoučký kůň\n');
  const [out, err, exit] = await Promise.all([text(unit.stdout), text(unit.stderr), unit.exited]);
  t.deepEqual([out, err], ['žluťoučký kůň\n', 'oops\n']);
  t.like(exit, { code: 3, signal: null, leftovers: 0, survivors: [], cause: 'exit' });
  t.true(exit.durationMs > 0 && exit.maxRssBytes > 0);
});

test('megabytes pass both ways', async (t) => {
  const unit = await spawn('cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  const big = 'x'.repeat(8 * 2 ** 20);
  unit.stdin.end(big);
  t.is((await text(unit.stdout)).length, big.length);
  t.is((await unit.exited).code, 0);
});

test('a command that does not read its stdin harms nobody', async (t) => {
  const unit = await shell('exit 0', { stdio: ['pipe', 'ignore', 'ignore'] });
  await unit.exited;
  const error = await new Promise((resolve) => unit.stdin.write('x'.repeat(2 ** 20), resolve));
  t.truthy(error, 'the write is told');
});

test('streams that are not piped are null, inherited ones are the host\'s', async (t) => {
  const unit = await shell('true', { stdio: 'ignore' });
  t.deepEqual([unit.stdin, unit.stdout, unit.stderr], [null, null, null]);
  await unit.exited;
  const { stdout, stderr } = await runNode(`require('.').spawn('sh', ['-c', 'echo out; echo err >&2'], { stdio: 'inherit' })`);
  t.deepEqual([stdout, stderr], ['out\n', 'err\n']);
});

test('env is merged over process.env; undefined removes; inheritEnv: false starts empty', async (t) => {
  t.is(await outputOf('printf "$A $HOME"', { env: { A: 'x' } }), `x ${process.env.HOME ?? ''}`);
  t.is(await outputOf('printf "${HOME-none}"', { env: { HOME: undefined } }), 'none');
  const bare = await spawn('/usr/bin/env', [], { env: { ONLY: '1' }, inheritEnv: false, stdio: ['ignore', 'pipe', 'inherit'] });
  const names = (await text(bare.stdout)).trim().split('\n').map((line) => line.split('=')[0]);
  t.true(names.includes('ONLY'));
  t.false(names.includes('PATH'));
});

test('cwd holds, also a relative one', async (t) => {
  t.is(await outputOf('pwd', { cwd: '/usr' }), '/usr\n');
  t.is(await outputOf('pwd', { cwd: '__test__' }), `${fs.realpathSync(__dirname)}\n`);
});

test('a unit has identity, id and guarantee, and lists its processes with the first one first', async (t) => {
  const unit = await shell('sleep 1000 & sleep 1000', { stdio: 'ignore' });
  t.regex(unit.id, /^unit-\d+$/);
  t.is(unit.identity.pid, unit.pid);
  t.regex(unit.identity.startToken, /./);
  t.regex(unit.guarantee, /^(kernel|guard)$/);
  let processes;
  do processes = await unit.processes();
  while (processes.length < 3);
  t.is(processes[0].pid, unit.pid);
  await unit.stop({ graceMs: 0 });
  t.deepEqual(await unit.processes(), []);
});

test('one signal reaches the first process; a unit that is gone takes none', async (t) => {
  const unit = await shell('trap "exit 9" USR1; echo ready; while :; do sleep 0.01; done', { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(unit.stdout, 'data');
  t.true(unit.kill(0));
  t.true(unit.kill('SIGUSR1'));
  t.is((await unit.exited).code, 9);
  t.false(unit.kill(0));
  t.throws(() => unit.kill('SIGNONE'), { code: 'ERR_INVALID_ARGUMENT' });
  const killed = await spawn('sleep', ['1000'], { stdio: 'ignore' });
  killed.kill('SIGKILL');
  t.like(await killed.exited, { code: null, signal: 'SIGKILL', cause: 'exit' });
});

test('stop tells who ended in the grace and who was forced; force takes no grace', async (t) => {
  const polite = await spawn('sleep', ['1000'], { stdio: 'ignore' });
  const report = await polite.stop();
  t.deepEqual([report.stopped.length, report.forced.length, report.survivors.length], [1, 0, 0]);
  t.is(report.stopped[0].pid, polite.pid);
  t.like(await polite.exited, { signal: 'SIGTERM', cause: 'stop' });
  t.deepEqual(await polite.stop(), report, 'again: the same report');

  for (const options of [{ graceMs: 30 }, { force: true }]) {
    const stubborn = await spawn(...stubbornTree(), { stdio: ['ignore', 'pipe', 'ignore'], graceMs: 600_000 });
    await once(stubborn.stdout, 'data');
    const [first, second] = await Promise.all([stubborn.stop(options), stubborn.stop(options)]);
    t.true(first.forced.length >= 3);
    t.deepEqual(first, second);
  }
});

test('a stop that cannot be done rejects, and the unit lives', async (t) => {
  const unit = await spawn('sleep', ['1000'], { stdio: 'ignore' });
  for (const options of [null, 5, { graceMs: -1 }, { graceMs: NaN }, { force: 'yes' }]) {
    const stop = unit.stop(options);
    await t.throwsAsync(stop, { code: 'ERR_INVALID_ARGUMENT' });
  }
  t.true(unit.kill(0));
  await unit.stop();
});

test('a unit that outlives its first process is ended by what ends it', async (t) => {
  const daemon = (options) => shell('sleep 1000 & exit 3', { stdio: 'ignore', leftovers: 'wait', ...options });
  t.like(await (await daemon({ timeoutMs: 300 })).exited, { code: 3, cause: 'timeout' });
  const unit = await daemon();
  await gone([unit.pid]);
  t.is((await unit.stop()).stopped.length, 1);
  t.like(await unit.exited, { code: 3, cause: 'stop' });
});

test('configure() waits for the end of a shutdown', async (t) => {
  const main = `
    const { once } = require('node:events');
    const { spawn, configure, shutdown } = require('.');
    const attempt = () => { try { configure({}); return 'open'; } catch ({ code, message }) { return code + ' ' + message; } };
    module.exports = async () => {
      const unit = await spawn('sh', ['-c', 'trap "sleep 0.2; exit 7" TERM; echo ready; while :; do sleep 0.01; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(unit.stdout, 'data');
      const ends = [shutdown(), shutdown()];
      const during = [attempt()];
      await Promise.race(ends);
      await Promise.all(ends);
      const after = attempt();
      const next = await (await spawn('true')).exited;
      return [...during, after, next.code];
    };`;
  const load = `const load = (text) => { const m = { exports: {} }; new Function('require', 'module', text)(require, m); return m.exports(); };`;
  const { stdout, stderr } = await runNode(`
    ${load}
    const { Worker } = require('node:worker_threads');
    const main = ${JSON.stringify(main)};
    load(main).then((seen) => {
      console.log(JSON.stringify(seen));
      new Worker(${JSON.stringify(`${load} const { workerData, parentPort } = require('node:worker_threads'); load(workerData).then((seen) => parentPort.postMessage(seen));`)}, { eval: true, workerData: main })
        .on('message', (seen) => { console.log(JSON.stringify(seen)); require('.').shutdown(); });
    });`);
  const seen = stdout.trim().split('\n').map((line) => JSON.parse(line));
  t.is(seen.length, 2, stderr);
  for (const [during, ...rest] of seen) {
    t.regex(during, /^ERR_CONFIG .*shutdown\(\) is still under way; await it/);
    t.deepEqual(rest, ['open', 0]);
  }
});

test('many units share one signal without a warning', async (t) => {
  const { stdout, stderr } = await runNode(`
    const { spawn, shutdown } = require('.');
    process.on('warning', ({ name }) => console.log(name));
    (async () => {
      const controller = new AbortController();
      const start = () => spawn('sleep', ['1000'], { stdio: 'ignore', signal: controller.signal });
      const units = await Promise.all(Array.from({ length: 30 }, start));
      await units[0].stop();
      controller.abort();
      const ends = await Promise.all(units.map(({ exited }) => exited));
      await shutdown();
      console.log(ends.filter(({ cause }) => cause === 'stop').length);
    })();`);
  t.is(stdout, '30\n', stderr);
});

test('what a host cannot give is named, with what mends it', async (t) => {
  const told = (before, setup, options) => runNode(`
    const { spawn, shutdown } = require('.');
    const start = (options) => spawn('true', [], options).then(({ exited }) => exited);
    start({ stdio: 'ignore', inheritEnv: false }).then(() => { ${setup} }).then(() => start(${JSON.stringify(options)})).catch(({ code, message }) => (console.log(code, message), shutdown()));`, { before });
  const closed = await told([], `require('node:fs').closeSync(0);`, { stdio: ['inherit', 'ignore', 'ignore'] });
  t.regex(closed.stdout, /^ERR_NATIVE .*Bad file descriptor.*'ignore'/, closed.stderr);
  const small = await told(limited('-f 1'), '', { stdio: 'ignore', env: { LARGE: 'x'.repeat(4096) } });
  t.regex(small.stdout, /^ERR_NATIVE .*File too large.*ulimit -f/, small.stderr);
});

test('a unit that runs too long is stopped, and says so', async (t) => {
  const unit = await spawn('sleep', ['1000'], { stdio: 'ignore', timeoutMs: 50 });
  const exit = await unit.exited;
  t.is(exit.cause, 'timeout');
  t.true(exit.durationMs >= 45);
});

test('what outlives the first process is stopped and counted, or waited for', async (t) => {
  const { env, survivors } = cookie();
  const stopped = await shell('sleep 1000 & exit 0', { stdio: 'ignore', env });
  t.like(await stopped.exited, { code: 0, leftovers: 1, survivors: [], cause: 'exit' });
  t.deepEqual(await survivors(), []);
  const daemon = await shell('(sleep 0.2; exit 5) & exit 0', { stdio: 'ignore', leftovers: 'wait' });
  const exit = await daemon.exited;
  t.is(exit.code, 0);
  t.true(exit.durationMs >= 190, 'it lived until its last process ended');
});

test('an abort before, during and after the start', async (t) => {
  const { env, survivors } = cookie();
  const reason = new Error('changed my mind');
  const before = await t.throwsAsync(spawn('sleep', ['1000'], { env, signal: AbortSignal.abort(reason) }), { code: 'ERR_ABORTED', name: 'AbortError' });
  t.is(before.cause, reason);

  const during = new AbortController();
  const starting = spawn('sleep', ['1000'], { env, stdio: 'ignore', signal: during.signal });
  during.abort(reason);
  const error = await t.throwsAsync(starting, { code: 'ERR_ABORTED' });
  t.is(error.cause, reason);

  const after = new AbortController();
  const unit = await spawn('sleep', ['1000'], { env, stdio: 'ignore', signal: after.signal });
  after.abort(reason);
  t.is((await unit.exited).cause, 'stop');
  await gone(await survivors());
});

test('a unit that is disposed is stopped', async (t) => {
  const unit = await spawn('sleep', ['1000'], { stdio: 'ignore' });
  await unit[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]();
  t.false(await isAlive(unit.pid));
});

const FILL = 'const held = []; for (let n = 0; n < 400; n += 1) held.push(Buffer.alloc(2 ** 20, 1)); setInterval(() => {}, 1e6)';

test('maxMemoryMB is of the whole unit: the kernel kills it there, the parent that waits too', async (t) => {
  if (!procman.capabilities().memoryLimit) {
    await t.throwsAsync(spawn('true', [], { limits: { maxMemoryMB: 64 } }), { code: 'ERR_UNSUPPORTED', message: /memory controller.*leave out maxMemoryMB/ });
    return t.log('no memory controller here: only the refusal was tested');
  }
  const { env, survivors } = cookie();
  const unit = await spawn('sh', ['-c', '"$0" -e "$1"; sleep 600', process.execPath, FILL], { env, stdio: 'ignore', limits: { maxMemoryMB: 200 } });
  t.like(await unit.exited, { cause: 'memory', signal: 'SIGKILL' });
  t.deepEqual(await survivors(), []);
  // The same within its limit, and without any.
  const modest = await shell('true', { stdio: 'ignore', limits: { maxMemoryMB: 200 } });
  t.like(await modest.exited, { cause: 'exit', code: 0 });
});

test('a limit of memory that nobody can keep is told', async (t) => {
  const { stdout } = await runNode(`
    const { spawn, capabilities } = require('.');
    spawn('true', [], { limits: { maxMemoryMB: 64 } }).catch(({ code, message }) => console.log(JSON.stringify([capabilities().memoryLimit, code, message])));`, {
    env: { ...process.env, PROCMAN_CGROUP: 'off' },
  });
  const [possible, code, message] = JSON.parse(stdout);
  t.deepEqual([possible, code], [false, 'ERR_UNSUPPORTED']);
  t.regex(message, /its memory cannot be limited here.*memory controller.*leave out maxMemoryMB/);
});
