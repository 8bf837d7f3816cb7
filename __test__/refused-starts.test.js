'use strict';
// A guard that refuses a start, because it leaves or acts for another identity, behind which the stop of that start waits already.
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const test = require('ava').default;

const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const identity = process.getuid() === 0 ? ['process.setgroups([4242])'] : [];

// Stopped, the guard finds start and stop together, in this order, when it is continued.
for (const change of [`process.kill(guard, 'SIGTERM')`, ...identity]) {
  test(`a start that was refused after ${change} ran at another guard, where nobody stopped it`, async (t) => {
    const { stdout, stderr } = await runNode(`
      const { execFileSync } = require('node:child_process');
      const { callToolAsync, closeServer, configure, shutdown, spawn } = require('.');
      configure({ servers: { s: ${JSON.stringify(standIn())} } });
      spawn('sleep', ['100'], { stdio: 'ignore' }).then(async () => {
        const guard = Number(execFileSync('pgrep', ['-P', String(process.pid), 'procman-guard'], { encoding: 'utf8' }));
        process.kill(guard, 'SIGSTOP');
        ${change};
        const call = callToolAsync('s', 'pid', {}, { timeoutMs: 60_000 });
        const closed = closeServer('s', { graceMs: 100 });
        process.kill(guard, 'SIGCONT');
        await closed;
        const { success } = await call;
        await shutdown({ graceMs: 100 });
        console.log(success);
      });`);
    t.is(stdout, 'false\n', stderr);
  });
}

const asRoot = process.getuid() === 0 ? test : test.skip;

asRoot('a stop by a number that the first process of a unit no longer had ended the unit, and not who was named', async (t) => {
  const fixture = path.join(__dirname, 'fixtures', 'reused-first.js');
  const stdout = execFileSync('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, fixture], { encoding: 'utf8' });
  t.deepEqual(JSON.parse(stdout), { stranger: 'SIGTERM', unit: ['sleep'] });
});
