'use strict';
// A grace of Infinity is for ever: not the default, which is what a grace that was not given means.
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { standIn, stubbornTree } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const { spawn } = procman;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-endless-'));
const marks = ['named', 'own'].map((name) => path.join(folder, name));

/** A server that stays when its stdin ends, and leaves a mark some time after it was asked to end. */
function slowServer(mark) {
  const { command, args } = standIn();
  const line = `trap 'sleep 0.5; echo over > "${mark}"; exit' TERM; "$@"; exec 2>/dev/null; while :; do sleep 0.01; done`;
  return { command: 'sh', args: ['-c', line, 'sh', command, ...args] };
}

test.before(() => procman.configure({ servers: { slow: { ...slowServer(marks[0]), procman: { graceMs: 20 } } } }));
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

/** Ends by itself some time after it was asked to, with status 7. */
const slow = (seconds) => `trap 'sleep ${seconds}; exit 7' TERM; echo ready; while :; do sleep 0.01; done`;

test('stop() and shutdown() wait for ever where they are told to', async (t) => {
  const unit = await spawn('sh', ['-c', slow(0.5)], { stdio: ['ignore', 'pipe', 'ignore'], graceMs: 20 });
  await once(unit.stdout, 'data');
  t.deepEqual((await unit.stop({ graceMs: Infinity })).forced, []);
  t.is((await unit.exited).code, 7);
  const { stdout, stderr } = await runNode(`
    const { once } = require('node:events');
    const { spawn, shutdown } = require('.');
    spawn('sh', ['-c', ${JSON.stringify(slow(3))}]).then(async (unit) => {
      await once(unit.stdout, 'data');
      await shutdown({ graceMs: Infinity });
      console.log((await unit.exited).code);
    });`);
  t.is(stdout, '7\n', stderr);
});

test('a shorter grace ends an endless one', async (t) => {
  const unit = await spawn(...stubbornTree(), { stdio: ['ignore', 'pipe', 'ignore'], graceMs: Infinity });
  await once(unit.stdout, 'data');
  const endless = unit.stop();
  await unit.stop({ graceMs: 10 });
  t.true((await endless).forced.length >= 3);
});

test('an endless end of a server was shortened by nobody: later ends waited as long, and configure() was refused for good', async (t) => {
  const deaf = { command: 'sh', args: ['-c', `trap '' TERM; "$@"; exec 2>/dev/null; while :; do sleep 0.01; done`, 'sh', standIn().command, ...standIn().args] };
  for (const [how, again] of [['closeServer', `closeServer('deaf', { graceMs: 10 })`], ['shutdown', 'shutdown({ graceMs: 10 })']]) {
    const { stdout, stderr } = await runNode(`
      const procman = require('.');
      const { callToolAsync, closeServer, configure, shutdown } = procman;
      configure({ servers: { deaf: ${JSON.stringify(deaf)} } });
      callToolAsync('deaf', 'pid').then(async () => {
        const first = closeServer('deaf', { graceMs: Infinity });
        await ${again};
        await first;
        await shutdown({ graceMs: 10 });
        configure({});
        console.log('over');
      });`);
    t.is(stdout, 'over\n', `${how} ${stderr}`);
  }
});

test('so do closeServer() and shutdown() of a pool', async (t) => {
  const [named, own] = marks;
  t.true((await procman.callToolAsync('slow', 'pid')).success);
  await procman.closeServer('slow', { graceMs: Infinity });
  t.true(fs.existsSync(named));
  const pool = new procman.MCPServerPool({ ...slowServer(own), graceMs: 20 });
  (await pool.getServer()).release();
  await pool.shutdown({ graceMs: Infinity });
  t.true(fs.existsSync(own));
});
