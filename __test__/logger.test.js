'use strict';
// configure({ logger }): what procman says by itself goes there, behind the prefix, and nothing that is secret.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-logger-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));
test.after.always(() => procman.shutdown({ graceMs: 0 }));

const CANARY = 'canary-9f31c7';
/** Keeps every line with its level, and the warnings of the process. */
const KEEP = `
  const lines = [], heard = [];
  const logger = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, (line) => lines.push([level, line])]));
  process.on('warning', ({ name, message }) => { if (name === 'ProcmanWarning') heard.push(message); });
  const procman = require('.');
  const tell = async () => { await procman.shutdown({ graceMs: 0 }); console.log(JSON.stringify({ lines, heard })); };`;

async function host(script) {
  const { stdout, stderr } = await runNode(KEEP + script);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(stderr);
  }
}

test('lives of pool instances are lines behind the prefix, also of the pools behind callToolAsync that nobody ever asked for', async (t) => {
  const { lines, heard } = await host(`
    procman.configure({ servers: { stand: ${JSON.stringify(standIn())} }, logger, logPrefix: '[brAInwav]' });
    (async () => {
      await procman.callToolAsync('stand', 'die_once', { file: ${JSON.stringify(path.join(folder, 'runs'))} });
      await procman.callToolAsync('stand', 'pid');
      await tell();
    })();`);
  const matching = (level, pattern) => lines.filter(([at, line]) => at === level && pattern.test(line)).length;
  t.is(matching('debug', /^\[brAInwav\] pool 'stand': instance stand-\d+ serves \(pid \d+\)$/), 2, JSON.stringify(lines));
  t.is(matching('warn', /^\[brAInwav\] pool 'stand': instance stand-\d+ ended with code 7 \(cause: crash\)$/), 1, JSON.stringify(lines));
  t.is(matching('info', /^\[brAInwav\] pool 'stand': instance stand-\d+ takes the place of stand-\d+ \(cause: crash\)$/), 1, JSON.stringify(lines));
  // Coming and going of callers is no news.
  t.is(lines.filter(([, line]) => /reused|released/.test(line)).length, 0);
  t.deepEqual(heard, []);
});

test('a pool that listens too is told once; what a server wrote to stderr and its environment are in no line', async (t) => {
  const server = { command: 'sh', args: ['-c', `echo "token ${CANARY}" >&2; echo "${CANARY}"; exit 7`, CANARY], env: { TOKEN: CANARY } };
  const { lines } = await host(`
    procman.configure({ logger });
    (async () => {
      const pool = new procman.MCPServerPool({ ...${JSON.stringify(server)}, maxRestarts: 1 });
      const failed = [];
      pool.on('server-start-failed', ({ error }) => failed.push(error.message));
      for (let n = 0; n < 3; n += 1) await pool.getServer().catch(() => {});
      if (!failed.some((message) => message.includes('${CANARY}'))) throw new Error('the error does not quote: this test proves nothing');
      if (lines.filter(([, line]) => line.includes('could not be started')).length !== failed.length) throw new Error('not told once each');
      await tell();
    })();`);
  t.true(lines.some(([level, line]) => level === 'warn' && /^pool 'sh': an instance could not be started: ERR_SERVER_START, code 7$/.test(line)), JSON.stringify(lines));
  t.true(lines.some(([level, line]) => level === 'error' && /^pool 'sh': no instance is started before .*: ERR_SERVER_QUARANTINED, code 7$/.test(line)), JSON.stringify(lines));
  t.false(JSON.stringify(lines).includes(CANARY));
});

test('an error that quotes nobody is told whole', async (t) => {
  const { lines } = await host(`
    procman.configure({ servers: { gone: { command: '/no/such/server' } }, logger });
    procman.callToolAsync('gone', 'pid').then(tell);`);
  t.true(lines.some(([level, line]) => level === 'warn' && /^pool 'gone': .*ERR_SPAWN: `\/no\/such\/server` could not be started/.test(line)), JSON.stringify(lines));
});

const file = path.join(folder, 'file');
fs.writeFileSync(file, '');

for (const [name, logger, there] of [
  ['go to the logger', 'logger', true],
  ['are warnings of the process without one', 'undefined', false],
  ['are warnings of the process where the logger throws', '{ ...logger, warn() { throw new Error("full"); } }', false],
]) {
  test(`what guards warn of ${name}`, async (t) => {
    const { lines, heard } = await host(`
      procman.configure({ stateDir: ${JSON.stringify(file)}, logger: ${logger} });
      (async () => { await (await procman.spawn('true')).exited; await tell(); })();`);
    const told = there ? lines.map(([, line]) => line) : heard;
    t.is(told.length, 1);
    t.regex(told[0], /ledger cannot be written/);
    t.is((there ? heard : lines).length, 0);
  });
}

test('a progress listener that throws is told there', async (t) => {
  const { lines, heard } = await host(`
    procman.configure({ servers: { stand: ${JSON.stringify(standIn())} }, logger });
    procman.callToolAsync('stand', 'progress', { steps: 1, everyMs: 1 }, { onProgress() { throw new Error('mine'); } }).then(tell);`);
  t.true(lines.some(([level, line]) => level === 'warn' && /^onProgress of progress threw: Error: mine/.test(line)), JSON.stringify(lines));
  t.deepEqual(heard, []);
});

test('monitors and cleanups name program and pid, and not the command line', async (t) => {
  const { lines } = await host(`
    procman.configure({ logger, auditLog: ${JSON.stringify(path.join(folder, 'audit.jsonl'))} });
    (async () => {
      const unit = await procman.spawn('sleep', ['600.${CANARY.length}', ], { stdio: 'ignore', env: { TOKEN: '${CANARY}' } });
      const monitor = new procman.ProcessMonitor({ rules: [{ name: 'sleepers', match: { program: 'sleep', args: ['^600.${CANARY.length}$'] }, maxAgeMs: 0, sustainMs: 0, action: 'stop' }] });
      await monitor.check();
      await unit.exited;
      const other = await procman.spawn('sleep', ['601'], { stdio: 'ignore' });
      await procman.cleanup.killProcess(other.pid, 'a test');
      await tell();
    })();`);
  const has = (level, pattern) => lines.some(([at, line]) => at === level && pattern.test(line));
  t.true(has('warn', /^rule 'sleepers': age of sleep \(pid \d+\) is \d+(\.\d+)? ms, above 0 \(stop\)$/), JSON.stringify(lines));
  t.true(has('info', /^stopped sleep \(pid \d+\)$/), JSON.stringify(lines));
  t.true(has('info', /^cleanup: (stopped|killed) sleep \(pid \d+\)$/), JSON.stringify(lines));
});

test('a logger that is none is refused, and the next configure() takes it away', async (t) => {
  t.throws(() => procman.configure({ logger: { warn() {} } }), { code: 'ERR_INVALID_ARGUMENT', message: /options\.logger must be an object with the functions debug, info, warn, error.*debug, info, error is missing/ });
  t.throws(() => procman.configure({ logger: () => {} }), { code: 'ERR_INVALID_ARGUMENT' });
  const { lines } = await host(`
    procman.configure({ servers: { stand: ${JSON.stringify(standIn())} }, logger });
    (async () => {
      await procman.callToolAsync('stand', 'pid');
      await procman.shutdown();
      const before = lines.length;
      procman.configure({ servers: { stand: ${JSON.stringify(standIn())} } });
      await procman.callToolAsync('stand', 'pid');
      if (before === 0 || lines.length !== before) throw new Error(JSON.stringify(lines));
      await tell();
    })();`);
  t.true(lines.length > 0);
});

test('a logger keeps no program alive', async (t) => {
  const { code, stdout } = await runNode(`require('.').configure({ logger: console }); console.log('done');`);
  t.deepEqual([code, stdout], [0, 'done\n']);
});
