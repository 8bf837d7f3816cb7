'use strict';
// What keeps the host alive, and what does not.
const test = require('ava').default;

const { runNode } = require('./helpers/run-node.js');

const program = (main) => `
  const procman = require('.');
  const { standIn, echoServer } = require('./__test__/helpers/programs.js');
  procman.configure({ servers: { stand: standIn(), echo: echoServer() }, maxConcurrent: 1 });
  (async () => { ${main} })();`;

const CASES = {
  'a call keeps it alive until it settles': ["console.log((await procman.callToolAsync('echo', 'sleep', { ms: 300 })).output)", 'slept\n\n'],
  'a call in the queue too': [
    `procman.callToolAsync('echo', 'sleep', { ms: 300 });
     console.log((await procman.callToolAsync('echo', 'echo', { text: 'queued' })).output)`,
    'queued\n\n',
  ],
  'a call that waits behind a bare acquire too': [
    `const permit = await procman.mcpSemaphore.acquire();
     require('node:child_process').spawn('sleep', ['0.2'], { stdio: 'ignore' }).on('exit', () => permit.release()).unref();
     console.log((await procman.callToolAsync('echo', 'echo', { text: 'queued' })).output)`,
    'queued\n\n',
  ],
  'a bare acquire does not': ["await procman.mcpSemaphore.acquire(); await procman.mcpSemaphore.acquire(); console.log('granted')", ''],
  'an idle server does not': ["await procman.callToolAsync('stand', 'pid'); console.log('idle')", 'idle\n'],
  'a unit does, until it ended': ["const unit = await procman.spawn('sleep', ['0.3'], { stdio: 'ignore' }); unit.exited.then(({ code }) => console.log(code))", '0\n'],
  'a unit that was unref\'ed does not': ["const unit = await procman.spawn('sleep', ['1000'], { stdio: 'ignore' }); unit.unref(); console.log('leaves')", 'leaves\n'],
  'shutdown keeps it alive until it is over': ["await procman.callToolAsync('stand', 'pid'); await procman.shutdown(); console.log('over')", 'over\n'],
};

for (const [name, [main, printed]] of Object.entries(CASES)) {
  test(name, async (t) => {
    const { stdout, stderr, code, signal } = await runNode(program(main), { timeout: 60_000 });
    t.deepEqual({ stdout, code, signal }, { stdout: printed, code: 0, signal: null }, stderr);
  });
}
