'use strict';
// A ledger or an audit log that cannot be written: work goes on, and the host hears of it once.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { runNode } = require('./helpers/run-node.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-warnings-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

/** The warnings that a host with this state directory hears while it runs two units. */
async function warnings(stateDir) {
  const script = `
    const { configure, spawn, shutdown } = require('.');
    const heard = [];
    process.on('warning', ({ name, message }) => { if (name === 'ProcmanWarning') heard.push(message); });
    configure({ stateDir: ${JSON.stringify(stateDir)} });
    (async () => {
      for (const _ of [1, 2]) if ((await (await spawn('true')).exited).code !== 0) throw new Error('it did not run');
      await shutdown();
      console.log(JSON.stringify(heard));
    })();`;
  const { stdout, stderr } = await runNode(script);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(stderr);
  }
}

test('an unwritable ledger is told once, naming the folder, and units run all the same', async (t) => {
  // Below a file: not even root can make a folder there.
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const heard = await warnings(file);
  t.is(heard.length, 1);
  t.regex(heard[0], /ledger cannot be written/);
  t.true(heard[0].includes(file) && heard[0].includes('PROCMAN_STATE_DIR'));
});

test('a writable one is not worth a word', async (t) => {
  t.deepEqual(await warnings(path.join(folder, 'state')), []);
});

test('an audit log that cannot be written is told with the first stop, of a tree or of a group', async (t) => {
  for (const stop of ['killProcessTree', 'killProcessGroup']) {
    const script = `
      const { configure, ${stop}, shutdown } = require('.');
      configure({ auditLog: ${JSON.stringify(folder)} });
      const child = require('node:child_process').spawn('sleep', ['1000'], { detached: true });
      child.once('spawn', () => ${stop}(child.pid).then(({ stopped }) => console.log(stopped.length)).then(shutdown));`;
    const { stdout, stderr } = await runNode(script);
    t.is(stdout, '1\n');
    t.regex(stderr, /ProcmanWarning: the audit log cannot be written/);
    t.true(stderr.includes(folder));
  }
});
