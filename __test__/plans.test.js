'use strict';
// planKill() and executePlan(): who is chosen, who is protected, and what becomes of a plan when the world changes.
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { isAlive } = require('./helpers/kernel.js');
const { ended, isRunning, victims } = require('./helpers/victims.js');

const { planKill, executePlan } = procman;
const pids = (list) => list.map(({ process, pid }) => pid ?? process.pid);
const rule = (match, more) => ({ name: 'test', match, ...more });

const logFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-plans-'));
const auditLog = path.join(logFolder, 'audit.jsonl');
const lines = () => fs.readFileSync(auditLog, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test.before(() => procman.configure({ auditLog }));
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(logFolder, { recursive: true });
});

test('a plan names who is meant and nobody who only looks like it; executing it stops them with everybody below', async (t) => {
  const { name, start, lookalikes } = victims(t);
  const [victim, parent, ...bystanders] = [await start(), await start('parent'), ...(await lookalikes())];
  const below = Number(parent.said.replace('ready', ''));
  const plan = await planKill([rule(name)]);
  t.deepEqual(pids(plan.targets).sort(), [victim.pid, parent.pid].sort());
  t.deepEqual(plan.refused, []);
  t.deepEqual(plan.targets[0].reasons, ["matches the rule 'test'"]);
  // A plan survives JSON.
  const report = await executePlan(JSON.parse(JSON.stringify(plan)), { graceMs: 200 });
  t.deepEqual(pids(report.stopped).sort(), [victim.pid, parent.pid].sort());
  t.deepEqual(pids(report.forced), [below], 'it ignores SIGTERM, and is in a session of its own');
  t.deepEqual(report.survivors, []);
  // An orphan of somebody else's, of the same moment, may be told; ours are not.
  t.false(pids(report.refused).some((pid) => [victim, parent, ...bystanders].some((child) => child.pid === pid)));
  t.deepEqual(await Promise.all([victim, parent].map(ended)), ['SIGTERM', 'SIGTERM']);
  t.false(await isAlive(below));
  t.true(bystanders.every(isRunning));
});

test('a plan and a report that are longer than one part are whole and in order', async (t) => {
  const { name, run } = victims(t);
  // Forty children that wait for the shell's input.
  const script = `exec 3<&0; for n in $(seq 40); do sh -c 'read _' ${name} <&3 & done; echo; wait`;
  const parent = await run('sh', ['-c', script]);
  const matching = async () => (await procman.getDescendants(parent.pid)).filter(({ argv }) => argv.at(-1) === name).map(({ pid }) => pid);
  let expected;
  do expected = await matching();
  while (expected.length < 40);
  const plan = await planKill([rule({ program: 'sh', args: [`^${name}$`] })]);
  t.deepEqual(pids(plan.targets), expected.sort((one, other) => one - other));
  const report = await executePlan(plan, { force: true });
  t.deepEqual(pids(report.forced).sort((one, other) => one - other), expected);
  t.deepEqual([report.stopped, report.survivors], [[], []]);
});

test('every action is a line of the audit log, whoever asked for it, without secrets', async (t) => {
  const { name, file, run } = victims(t);
  const victim = () => run(process.execPath, [file('idle'), '--token', 'hunter2']);
  const [planned, asked] = [await victim(), await victim()];
  const plan = await planKill([rule(name)]);
  await executePlan({ ...plan, targets: plan.targets.filter((it) => it.process.pid === planned.pid) });
  await procman.killProcessTree(asked.pid);
  const about = (pid) => lines().filter((line) => line.pid === pid);
  t.like(about(planned.pid), [{ action: 'stopped', rule: 'test', reasons: ["matches the rule 'test'"] }]);
  t.like(about(asked.pid), [{ action: 'stopped', rule: 'kill', reasons: [`the program asked for the end of process ${asked.pid}`] }]);
  t.deepEqual(about(asked.pid)[0].argv.slice(2), ['--token', '[redacted]']);
  // A stop by the guard had no line, and its report no command line.
  const unit = await procman.spawn(process.execPath, [file('idle'), '--token', 'hunter2'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(unit.stdout, 'data');
  // Asked for twice it still ends once.
  await Promise.all([procman.killProcessTree(unit.pid), procman.killProcessTree(unit.pid)]);
  t.is(about(unit.pid).length, 1);
  t.like(about(unit.pid), [{ action: 'stopped', rule: 'kill', unit: unit.id }]);
  t.deepEqual(about(unit.pid)[0].argv.slice(2), ['--token', '[redacted]']);
});

test('who was signalled before a stop was aborted has a line of the audit log; who was not has none', async (t) => {
  const { name, file, run, start } = victims(t);
  const [deaf, alone] = [await start('deaf'), await run(process.execPath, [file('deaf')], {})];
  const about = ({ pid }) => lines().filter((line) => line.pid === pid);
  const abort = async (victim, stop) => {
    const controller = new AbortController();
    const [stopped] = [stop({ graceMs: Infinity, signal: controller.signal }), await once(victim.stdout, 'data')];
    controller.abort();
    await t.throwsAsync(stopped, { code: 'ERR_ABORTED' });
  };
  const plan = await planKill([rule(name)]);
  const targets = plan.targets.filter(({ process }) => process.pid === deaf.pid);
  await abort(deaf, (options) => executePlan({ ...plan, targets }, options));
  t.like(about(deaf), [{ action: 'survived', rule: 'test' }]);
  t.regex(about(deaf)[0].reasons.at(-1), /signalled before the stop was cut short/);
  t.deepEqual(about(alone), []);
  await abort(alone, (options) => procman.killProcessTree(alone.pid, options));
  t.like(about(alone), [{ action: 'survived', rule: 'kill' }]);
  t.true(isRunning(deaf) && isRunning(alone));
});

test('a dry run is the same plan and kills nothing', async (t) => {
  const { name, start } = victims(t);
  const victim = await start();
  const plan = await planKill([rule({ program: name })]);
  const report = await executePlan(plan, { dryRun: true });
  t.deepEqual(pids(report.stopped), [victim.pid]);
  t.true(isRunning(victim));
});

test('arguments are matched element by element, in order', async (t) => {
  const { name, file, run } = victims(t);
  const victim = await run(process.execPath, [file('idle'), 'run', '--fast', 'dev']);
  const meant = async (args) => pids((await planKill([rule({ program: name, args })])).targets);
  t.deepEqual(await meant(['^run$', '^dev$']), [victim.pid]);
  t.deepEqual(await meant(['^dev$', '^run$']), []);
  t.deepEqual(await meant(['run --fast']), [], 'never one joined string');
});

test('oneself and everybody above is refused, though the rule means them', async (t) => {
  const { targets, refused } = await planKill([rule({ program: 'node', args: ['ava'] }), rule('node')]);
  const protects = new Map(refused.map(({ process, reasons }) => [process.pid, reasons.join()]));
  t.regex(protects.get(process.pid), /is this process itself/);
  t.regex(protects.get(process.ppid), /above this process/);
  t.false(pids(targets).includes(process.pid) || pids(targets).includes(process.ppid));
});

test('PROCMAN_KEEP=1 keeps a process, and one below a target too', async (t) => {
  const { name, start } = victims(t);
  const kept = await start('idle', { env: { PROCMAN_KEEP: '1' } });
  const plan = await planKill([rule(name)]);
  t.deepEqual(pids(plan.targets), []);
  t.regex(plan.refused[0].reasons[0], /PROCMAN_KEEP=1/);
  t.true(isRunning(kept));
});

const asRoot = process.getuid() === 0 ? test : test.skip;

asRoot("another user's process is refused, also for root", async (t) => {
  const { run } = victims(t);
  const seconds = `1000.${process.pid}${Date.now()}`;
  const stranger = await run('sleep', [seconds], { uid: 65534, ready: false });
  let plan;
  // Until it has become the program.
  do plan = await planKill([rule({ program: 'sleep', args: [`^${seconds}$`] })]);
  while (plan.refused.length + plan.targets.length === 0);
  t.deepEqual(plan.targets, []);
  t.regex(plan.refused[0].reasons[0], /belongs to user 65534/);
  t.deepEqual(pids((await executePlan({ ...plan, targets: plan.refused })).refused), [stranger.pid]);
  t.true(isRunning(stranger));
});

test('whom a rule protected when the plan was made was forgotten when it was executed', async (t) => {
  const { name, start } = victims(t);
  await start('idle', { env: { PROCMAN_KEEP: '1' } });
  const plan = await planKill([rule(name)]);
  t.deepEqual([plan.targets.length, plan.refused.length], [0, 1]);
  const report = await executePlan(plan);
  t.like(report, { stopped: [], forced: [] });
  t.regex(report.refused[0].reason, /PROCMAN_KEEP/);
});

test('a rule with limits chooses who exceeds them, once it is sure', async (t) => {
  const { name, start } = victims(t);
  const [large, small] = [await start('large'), await start()];
  const { targets } = await planKill([rule(name, { maxMemoryMB: 80, sustainMs: 500 })]);
  t.deepEqual(pids(targets), [large.pid]);
  t.regex(targets[0].reasons[0], /uses \d+ MB of memory, over 80 MB/);
  t.true(isRunning(small));
});

test('a plan that somebody wrote into is no way around the rules', async (t) => {
  const { name, start } = victims(t);
  const victim = await start();
  const plan = await planKill([rule(name)]);
  const family = (await planKill([rule('node')])).refused.filter((it) => [process.pid, process.ppid].includes(it.process.pid));
  const report = await executePlan({ ...plan, targets: family }, { force: true });
  t.deepEqual([report.stopped, report.forced], [[], []]);
  t.deepEqual(pids(report.refused).sort(), [process.pid, process.ppid].sort());
  t.true(isRunning(victim), 'who is not in the plan is not added');
});

test('a stale plan is refused: another boot, too old, from the future', async (t) => {
  const { name, start } = victims(t);
  const victim = await start();
  const plan = await planKill([rule(name)]);
  const stale = [
    [{ ...plan, bootId: 'another' }, {}],
    [{ ...plan, createdAt: new Date(Date.now() - 61_000).toISOString() }, {}],
    [{ ...plan, createdAt: new Date(Date.now() + 61_000).toISOString() }, { maxAgeMs: Infinity }],
    [{ ...plan, createdAt: new Date(Date.now() - 50).toISOString() }, { maxAgeMs: 10 }],
  ];
  for (const [it, options] of stale) await t.throwsAsync(executePlan(it, options), { code: 'ERR_PLAN_STALE' });
  t.true(isRunning(victim));
  await executePlan({ ...plan, createdAt: new Date(Date.now() - 61_000).toISOString() }, { maxAgeMs: Infinity });
  t.is(await ended(victim), 'SIGTERM');
});

test('who ended since the plan is refused, and nobody else is touched', async (t) => {
  const { name, start } = victims(t);
  const victim = await start();
  const plan = await planKill([rule(name)]);
  victim.kill('SIGKILL');
  await ended(victim);
  const later = await start();
  const report = await executePlan(plan);
  t.deepEqual(pids(report.refused), [victim.pid]);
  t.deepEqual([report.stopped, report.forced], [[], []]);
  t.true(isRunning(later), 'a plan is never widened');
});

test('who runs another program since the plan is refused: its identity is the same', async (t) => {
  const { name, folder, run } = victims(t);
  const script = `${folder}/${name}.sh`;
  fs.writeFileSync(script, 'echo; read _; exec sh -c "echo; exec sleep 1000"\n');
  const victim = await run('sh', [script]);
  const plan = await planKill([rule(name)]);
  t.deepEqual(pids(plan.targets), [victim.pid]);
  victim.stdin.write('\n');
  await once(victim.stdout, 'data');
  const report = await executePlan(plan);
  t.deepEqual(pids(report.refused), [victim.pid]);
  t.regex(report.refused[0].reason, /another program/);
  t.true(isRunning(victim));
});

test('a unit of our own is stopped by its guard', async (t) => {
  const { name, file } = victims(t);
  const unit = await procman.spawn(process.execPath, [file('parent')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(unit.stdout, 'data');
  const plan = await planKill([rule(name)]);
  t.deepEqual(pids(plan.targets), [unit.pid]);
  t.is(plan.targets[0].process.unit, unit.id);
  const report = await executePlan(plan, { graceMs: 100 });
  t.true(pids(report.stopped).includes(unit.pid));
  t.like(await unit.exited, { cause: 'stop', signal: 'SIGTERM', survivors: [] });
});

test('user ids are whole numbers that a user can have, in every place', async (t) => {
  const plan = await planKill([]);
  // eslint-disable-next-line no-sparse-arrays
  for (const uids of [[,], [0, undefined], [-1], [1.5], ['0'], [2 ** 32 - 1], [2 ** 32], [1e300]]) {
    await t.throwsAsync(executePlan(plan, { uids }), { code: 'ERR_INVALID_ARGUMENT', message: /options\.uids\[\d\] must be a user id: a whole number from 0 to 4294967294; got/ });
  }
  for (const uids of [[], [0], [2 ** 32 - 2]]) t.deepEqual((await executePlan(plan, { uids })).stopped, []);
});

test('bad rules and plans name what is wrong and what to do', async (t) => {
  const bad = [
    [undefined, /rules must be an array/],
    [[{}], /rules\[0\]\.name/],
    [[rule(undefined)], /rules\[0\]\.match must be the basename of a program/],
    [[rule('')], /empty program/],
    [[rule({})], /everybody/],
    [[rule('npm run dev')], /basename without blanks.*args/],
    [[rule({ program: 'node', args: ['(mcp'] })], /'\(mcp', which is no regular expression/],
    [[rule({ args: [''] })], /matches every argument/],
    [[rule('x', { maxMemoryMB: -1 })], /rules\[0\]\.maxMemoryMB/],
    [[rule('x', { maxMemoryMB: NaN })], /rules\[0\]\.maxMemoryMB/],
    [[rule('x', { sustainMs: Infinity })], /rules\[0\]\.sustainMs/],
    [[rule('x', { action: 'kill' })], /'observe', 'stop', 'restart'/],
    [[rule('x', { maxMemory: 1 })], /"maxMemory"/],
    [[rule({ program: 'node', arg: ['^x$'] })], /rules\[0\]\.match must be an object with keys out of program, args; got "arg"/],
    [[rule('x'), rule({ Program: 'node' })], /rules\[1\]\.match .*"Program"/],
  ];
  for (const [rules, message] of bad) await t.throwsAsync(planKill(rules), { code: 'ERR_INVALID_ARGUMENT', message });
  for (const plan of [undefined, null, [], {}, { targets: [] }]) await t.throwsAsync(executePlan(plan), { code: 'ERR_INVALID_ARGUMENT', message: /plan/ });
  const plan = await planKill([]);
  t.deepEqual([plan.targets, plan.refused], [[], []], 'no rule means nobody');
  const odd = [
    { ...plan, more: 1n },
    { ...plan, targets: [{ more: 1n }] },
    Object.assign({ ...plan }, { toJSON() {} }),
  ];
  odd[0].self = odd[1].self = odd[0];
  for (const it of odd) await t.throwsAsync(executePlan(it), { code: 'ERR_INVALID_ARGUMENT', message: /plan .*(planKill|createdAt)/ });
  await t.throwsAsync(executePlan(plan, { maxAgeMs: -1 }), { code: 'ERR_INVALID_ARGUMENT' });
  await t.throwsAsync(executePlan(plan, { signal: AbortSignal.abort('no') }), { code: 'ERR_ABORTED', name: 'AbortError' });
});
