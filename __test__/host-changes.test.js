'use strict';
// The host changes after its first spawn, or dies with work in the queue: units follow the host as it is at that moment.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const test = require('ava').default;

const { cookie, descendants, gone } = require('./helpers/kernel.js');
const { copyPackage } = require('./helpers/package-copy.js');
const { root } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const NOBODY = 65534;
const asRoot = process.getuid() === 0 ? test : test.skip;

/** A program around `outputOf(command)`, which runs a shell line as a unit and resolves with what it printed. */
const program = (main) => `
  const procman = require('.');
  const { text } = require('node:stream/consumers');
  const outputOf = async (line, options) => {
    const unit = await procman.spawn('sh', ['-c', line], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    return (await text(unit.stdout)).trim();
  };
  (async () => { ${main} })();`;

asRoot('after setuid a unit runs as the new user, with the new user\'s ledger, while the old guard keeps its units', async (t) => {
  const { owned } = copyPackage(t, { uid: NOBODY });
  const { stdout, stderr } = await runNode(
    program(`
      const before = await outputOf('id -u');
      const old = await procman.spawn('sleep', ['1000'], { stdio: 'ignore' });
      process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});
      process.env.PROCMAN_STATE_DIR = ${JSON.stringify(owned)};
      process.chdir('/');
      const after = await outputOf('id -u; id -g; id -G');
      const oldLives = require('node:fs').existsSync('/proc/' + old.pid);
      await procman.shutdown({ graceMs: 0 });
      console.log(JSON.stringify({ before, after: after.split('\\n'), oldLives, oldGone: !require('node:fs').existsSync('/proc/' + old.pid) }));`),
    { timeout: 60_000 },
  );
  t.deepEqual(JSON.parse(stdout), { before: '0', after: [`${NOBODY}`, `${NOBODY}`, `${NOBODY}`], oldLives: true, oldGone: true }, stderr);
});

asRoot('what a later guard has to say is told too: regression of a ledger that only the first user could write', async (t) => {
  const { owned } = copyPackage(t);
  const { stdout, stderr } = await runNode(
    program(`
      const heard = [];
      process.on('warning', ({ name, message }) => name === 'ProcmanWarning' && heard.push(message));
      procman.configure({ stateDir: ${JSON.stringify(owned)} });
      await outputOf('true');
      const before = heard.length;
      process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});
      process.chdir('/');
      for (const _ of [1, 2, 3]) await outputOf('true');
      await procman.shutdown({ graceMs: 0 });
      console.log(JSON.stringify({ before, heard }));`),
    { timeout: 60_000 },
  );
  const { before, heard } = JSON.parse(stdout || stderr);
  t.is(before, 0);
  t.is(heard.length, 1, heard.join('\n'));
  t.regex(heard[0], /ledger cannot be written/);
});

test('chdir and umask after the first spawn hold for the next unit', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      await outputOf('true');
      process.chdir('/usr');
      process.umask(0o027);
      console.log(await outputOf('pwd; umask'));
      await procman.shutdown();`),
  );
  t.is(stdout, '/usr\n0027\n', stderr);
});

test('a megabyte of environment arrives', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      const env = {};
      for (let index = 0; index < 16; index += 1) env['BIG_' + index] = String(index % 10).repeat(2 ** 16);
      console.log(await outputOf('env | grep ^BIG_ | wc -c', { env }));
      await procman.shutdown();`),
  );
  const names = Array.from({ length: 16 }, (_, index) => `BIG_${index}=\n`).join('').length;
  t.is(Number(stdout), 2 ** 20 + names, stderr);
});

test('an environment that is too large for the kernel is told as such', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      const { code, message } = await procman.spawn('true', [], { env: { BIG: 'x'.repeat(2 ** 18) } }).catch((error) => error);
      console.log(code, message);
      await procman.shutdown();`),
  );
  t.regex(stdout, /^ERR_SPAWN `true` .*E2BIG.*by file or stdin/, stderr);
});

test('a host whose directory was removed is told what to do, and no slot is lost', async (t) => {
  const { stdout, stderr } = await runNode(
    `const fs = require('node:fs');
     const procman = require('.');
     const { standIn } = require('./__test__/helpers/programs.js');
     procman.configure({ servers: { stand: standIn() } });
     const folder = fs.mkdtempSync('/tmp/procman-gone-');
     process.chdir(folder);
     fs.rmdirSync(folder);
     (async () => {
       const call = await procman.callToolAsync('stand', 'pid');
       const blocking = procman.callTool('stand', 'pid');
       const error = await procman.spawn('true').catch((e) => e);
       console.log(JSON.stringify([call, blocking, error].map(({ code }) => code)), procman.getSemaphoreStatus().current);
       console.log(error.message);
       process.chdir('/');
       console.log((await procman.callToolAsync('stand', 'pid')).success);
       await procman.shutdown();
     })();`,
  );
  const [codes, message, works] = stdout.split('\n');
  t.is(codes, '["ERR_SPAWN","ERR_SPAWN","ERR_SPAWN"] 0', stderr);
  t.regex(message, /working directory.*ENOENT.*process\.chdir/);
  t.is(works, 'true');
});

test('what needs no directory works where the directory was removed before the first use', async (t) => {
  const { stdout, stderr } = await runNode(
    `const fs = require('node:fs');
     const folder = fs.mkdtempSync('/tmp/procman-gone-');
     process.chdir(folder);
     fs.rmdirSync(folder);
     const procman = require(${JSON.stringify(root)});
     (async () => {
       const works = [procman.capabilities().platform, procman.getSemaphoreStatus().current, (await procman.listProcesses()).length > 0];
       works.push((await (await procman.spawn('true', [], { cwd: '/' })).exited).code);
       await procman.sweep({ dryRun: true });
       const { code, message } = await procman.spawn('true').catch((error) => error);
       await procman.shutdown();
       console.log(JSON.stringify({ works, code, message }));
     })();`,
  );
  const { works, code, message } = JSON.parse(stdout || stderr);
  t.deepEqual(works, ['linux', 0, true, 0]);
  t.is(code, 'ERR_SPAWN');
  t.regex(message, /working directory.*ENOENT.*process\.chdir/);
});

/** As bytes: é in Latin-1. */
const LATIN_1 = Buffer.concat([Buffer.from(path.join(os.tmpdir(), 'procman-caf')), Buffer.from([0xe9])]);

test('a directory whose name is not UTF-8 is the one that a unit and a server start in', async (t) => {
  fs.mkdirSync(LATIN_1, { recursive: true });
  t.teardown(() => fs.rmSync(LATIN_1, { recursive: true }));
  fs.mkdirSync(Buffer.concat([LATIN_1, Buffer.from('/below')]));
  const { stdout, stderr } = await runNode(
    `const procman = require(${JSON.stringify(root)});
     const { standIn } = require(${JSON.stringify(path.join(root, '__test__/helpers/programs.js'))});
     const { buffer } = require('node:stream/consumers');
     procman.configure({ servers: { stand: standIn() } });
     const where = async (options) => (await buffer((await procman.spawn('pwd', ['-P'], options)).stdout)).toString('latin1').trim();
     (async () => {
       const units = await Promise.all([where(), where({ cwd: 'below' }), where({ cwd: '/' })]);
       const { pid } = await procman.callToolAsync('stand', 'pid');
       const server = require('node:fs').readlinkSync('/proc/' + pid + '/cwd', 'latin1');
       console.log(JSON.stringify([...units, server]));
       await procman.shutdown();
     })();`,
    { before: ['sh', '-c', 'cd "$(printf "$0")" && exec "$@"', LATIN_1.toString('latin1').replace('\u00e9', '\\351')] },
  );
  const here = LATIN_1.toString('latin1');
  t.deepEqual(JSON.parse(stdout || stderr), [here, `${here}/below`, '/', here]);
});

test('a process.env of one\'s own is read as child_process reads it', async (t) => {
  const { stdout, stderr } = await runNode(
    program(`
      process.env = { ...process.env, GONE: undefined, EMPTY: '', NOTHING: null, [Symbol('own')]: 'x' };
      console.log(JSON.stringify([await outputOf('env | grep -E "^(GONE|EMPTY|NOTHING)=" | sort'), String(require('node:child_process').execFileSync('sh', ['-c', 'env | grep -E "^(GONE|EMPTY|NOTHING)=" | sort'])).trim()]));
      await procman.shutdown();`),
  );
  const [ours, theirs] = JSON.parse(stdout || stderr);
  t.is(ours, theirs);
  t.is(ours, 'EMPTY=\nNOTHING=null');
});

/** A host that has 200 spawns in its queue; each unit that runs adds a byte to the file. */
const queueing = (marks, end) => `
  const marks = '${marks}';
  const procman = require('.');
  (async () => {
    await procman.spawn('sleep', ['1000'], { stdio: 'ignore' });
    const { descendantsOf } = await import('./scripts/processes.mjs');
    require('node:fs').writeSync(1, JSON.stringify(descendantsOf(process.pid)) + '\\n');
    const spawns = Array.from({ length: 200 }, () => procman.spawn('sh', ['-c', 'printf x >> ${marks}; exec sleep 1000'], { stdio: 'ignore' }));
    ${end}
  })();`;

async function runQueueing(t, end) {
  const { owned } = copyPackage(t);
  const marks = path.join(owned, 'marks');
  fs.writeFileSync(marks, '');
  const { env, survivors } = cookie();
  const child = spawn(process.execPath, ['-e', queueing(marks, end)], { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = await once(readline.createInterface(child.stdout), 'line');
  const guardAndFirst = JSON.parse(line);
  await exited;
  await gone([...guardAndFirst, ...(await survivors()), ...(await descendants(child.pid))]);
  await gone(await survivors());
  return { count: () => fs.statSync(marks).size, survivors };
}

test('of 200 spawns in the queue of a host that is killed none runs after', async (t) => {
  const { count, survivors } = await runQueueing(t, `process.kill(process.pid, 'SIGKILL');`);
  const atTheEnd = count();
  t.deepEqual(await survivors(), []);
  t.true(atTheEnd < 200, `${atTheEnd} ran`);
  t.is(count(), atTheEnd, 'nobody is left who could start one');
});

test('the same 200 spawns all run where the host lives: a control', async (t) => {
  const { count } = await runQueueing(t, `
    const units = await Promise.all(spawns);
    const { statSync } = require('node:fs');
    while (statSync(marks).size < 200) await new Promise(setImmediate);
    process.kill(process.pid, 'SIGKILL');`);
  t.is(count(), 200);
});

test('a worker that only looks at what is configured leaves from where servers start', async (t) => {
  const looks = ['getSemaphoreStatus()', 'listServers()', 'configurationSources()', "closeServer('nobody').catch(() => {})"];
  const { stdout, stderr } = await runNode(`
    const { once } = require('node:events');
    const { Worker } = require('node:worker_threads');
    const procman = require('.');
    const { standIn } = require('./__test__/helpers/programs.js');
    const look = async (code) => {
      const worker = new Worker("const procman = require('.'); procman." + code, { eval: true, env: { ...process.env, SEEN_FROM: code } });
      await once(worker, 'exit');
    };
    (async () => {
      process.env.SEEN_FROM = 'here';
      procman.configure({ servers: { s: { ...standIn(), procman: { minInstances: 1 } } } });
      const from = async () => (await procman.callToolAsync('s', 'env', { name: 'SEEN_FROM' })).output.trim();
      const told = [await from()];
      // A pool keeps nobody alive.
      const alive = setInterval(() => {}, 1e6);
      const pool = procman.pools.getPool('s');
      (await pool.getServer()).release();
      for (const code of ${JSON.stringify(looks)}) {
        await look(code);
        const { pid } = await procman.callToolAsync('s', 'pid');
        const restarted = once(pool, 'server-created');
        process.kill(pid, 'SIGKILL');
        await restarted;
        told.push(await from());
      }
      console.log(JSON.stringify(told));
      clearInterval(alive);
      await procman.shutdown({ graceMs: 0 });
    })();`);
  t.deepEqual(JSON.parse(stdout || JSON.stringify(stderr)), ['here', ...looks.map(() => 'here')], stderr);
});
