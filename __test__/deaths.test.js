'use strict';
// Guard and shim die or stand still while the host lives: the host says so, and nothing of the unit is left.
const { once } = require('node:events');
const test = require('ava').default;

const procman = require('..');
const { cookie, descendants, gone, guardiansOf } = require('./helpers/kernel.js');
const { stubbornTree, echoServer } = require('./helpers/programs.js');

test.before(() => procman.configure({ servers: { echo: echoServer() }, maxRetries: 0 }));
test.after.always(() => procman.shutdown({ graceMs: 0 }));

async function startTree(env) {
  const unit = await procman.spawn(...stubbornTree(), { env, stdio: ['ignore', 'pipe', 'ignore'], graceMs: 100 });
  await once(unit.stdout, 'data');
  const { shim, guard } = await guardiansOf(unit.pid);
  return { unit, shim, guard, tree: [shim, ...(await descendants(shim))] };
}

test.serial('a killed guard ends its units and is told; the next unit gets a new guard', async (t) => {
  const { env, survivors } = cookie();
  const { unit, guard, tree } = await startTree(env);
  const { pid: server } = await procman.callToolAsync('echo', 'pid', {});
  process.kill(guard, 'SIGKILL');
  const exit = await unit.exited;
  t.is(exit.cause, 'guard');
  t.true(exit.durationMs > 0, 'the time that it ran, although nobody reported it');
  await gone([guard, server, ...tree]);
  t.deepEqual(await survivors(), []);

  const next = await startTree(env);
  t.not(next.guard, guard);
  const again = await procman.callToolAsync('echo', 'pid', {});
  t.true(again.success, again.error);
  t.not(again.pid, server);
  await next.unit.stop({ graceMs: 0 });
  await gone(next.tree);
});

test.serial('of units that lose their guard none waits for the end of another', async (t) => {
  const slow = await procman.spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(slow.stdout, 'data');
  const others = await Promise.all(Array.from({ length: 20 }, () => procman.spawn('sleep', ['1000'], { stdio: 'ignore' })));
  const { guard } = await guardiansOf(slow.pid);
  const told = [];
  const all = [slow, ...others].map((unit) => unit.exited.then(() => told.push(unit.id)));
  process.kill(guard, 'SIGKILL');
  await Promise.all(all);
  t.is(told.at(-1), slow.id);
});

test.serial('a killed shim ends its unit and no other', async (t) => {
  const { env, survivors } = cookie();
  const [first, second] = [await startTree(env), await startTree(env)];
  t.is(first.guard, second.guard);
  process.kill(first.shim, 'SIGKILL');
  t.is((await first.unit.exited).cause, 'guard');
  await gone(first.tree);
  t.true(second.unit.kill(0), 'the neighbour lives');
  const report = await second.unit.stop({ graceMs: 50 });
  t.true(report.forced.length >= 3, 'they ignore SIGTERM');
  t.deepEqual(report.survivors, []);
  t.is((await second.unit.exited).cause, 'stop');
  await gone(second.tree);
  t.deepEqual(await survivors(), []);
});

test.serial('a shim that was stopped by SIGSTOP does not keep its unit alive', async (t) => {
  const { env, survivors } = cookie();
  const { unit, shim, tree } = await startTree(env);
  process.kill(shim, 'SIGSTOP');
  await unit.stop({ graceMs: 50 });
  await gone(tree);
  t.deepEqual(await survivors(), []);
});

test.serial('a server whose guard is killed in mid-call fails that call at once and says why', async (t) => {
  const { pid } = await procman.callToolAsync('echo', 'pid', {});
  const { guard } = await guardiansOf(pid);
  const pending = procman.callToolAsync('echo', 'sleep', { ms: 600_000 });
  process.kill(guard, 'SIGKILL');
  const { success, code, error } = await pending;
  t.false(success);
  t.is(code, 'ERR_SERVER_EXITED', error);
  t.regex(error, /echo/);
  await gone([pid, guard]);
});
