'use strict';
// `procman run` on a terminal: whatever ends, nothing is left, and the terminal is somebody's who reads it.
const { execFileSync } = require('node:child_process');
const { mkdtemp, rm, writeFile } = require('node:fs/promises');
const http = require('node:http');
const { tmpdir } = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { descendants, gone } = require('./helpers/kernel.js');
const { CTRL_C, CTRL_Z, TALKER, TerminalSession, shellTests, start, up } = require('./helpers/terminal.js');

const shellTest = shellTests(test);
let isAlive;
test.before(async () => ({ isAlive } = await import('../scripts/processes.mjs')));
const DEV_SERVER = 'guarded node __test__/fixtures/dev-server.js';

/** A script has no job control: nobody but us gives it the terminal back. It reads a line after the command. */
const script = (command, pause = '') => `bash -c 'node bin/procman.js run -- ${command}; echo "en""ded with $?"; ${pause}read line; echo "script got $line"'`;
const inScript = 'bash -c "printf \\"%s-%s\\\\n\\" is up; sleep 1000"';

function get(port) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
    }).on('error', reject);
  });
}

async function startDevServer(shell) {
  shell.type(`${DEV_SERVER}\n`);
  const [, port, worker, apart, server] = await shell.expect(/listening on (\d+) with (\d+) (\d+) below (\d+)\./);
  return { port: Number(port), pids: [server, worker, apart].map(Number) };
}

shellTest('a dev server serves, and Ctrl-C leaves nothing of it', async (t, shell) => {
  const { port, pids } = await startDevServer(shell);
  t.is(await get(port), 'hello from the dev server\n');
  t.deepEqual(pids.filter(isAlive), pids, 'a control: all three run');
  shell.type(CTRL_C);
  await shell.untilPrompt();
  t.is(await shell.status(), 130);
  t.deepEqual(pids.filter(isAlive), []);
  t.deepEqual(await shell.others(), []);
});

shellTest('without procman the dev server leaves somebody behind: a control', async (t, shell) => {
  shell.type('node __test__/fixtures/dev-server.js\n');
  const apart = Number((await shell.expect(/listening on \d+ with \d+ (\d+) below/))[1]);
  shell.type(CTRL_C);
  await shell.untilPrompt();
  t.true(isAlive(apart));
  process.kill(apart, 'SIGKILL');
  await gone([apart]);
});

for (const [who, find] of [['procman', (shell) => shell.find('node')], ['the guard', (shell) => shell.find('procman-guard')], ['the shim', (shell) => shell.find('procman-shim')]]) {
  shellTest(`SIGKILL of ${who} leaves nothing, and a usable shell`, async (t, shell) => {
    await start(shell, `guarded ${up('sleep 1000')}`);
    await shell.kill(await find(shell), 'SIGKILL');
    await shell.untilPrompt();
    t.is(await shell.run('read line; echo "got $line"\nsome words').then(() => shell.screen.includes('got some words')), true);
  });

  shellTest(`SIGKILL of ${who} gives the terminal back to the script around it`, async (t, shell) => {
    const gate = path.join(await mkdtemp(path.join(tmpdir(), 'procman-test-')), 'gate');
    t.teardown(() => rm(path.dirname(gate), { recursive: true }));
    execFileSync('mkfifo', [gate]);
    // The script goes on when all is over: a script that reads at once may be quicker than the guard.
    await start(shell, script(inScript, `read go < ${gate}; `));
    const victim = await find(shell);
    const guard = await shell.find('procman-guard');
    const below = await descendants(guard);
    process.kill(victim, 'SIGKILL');
    await shell.expect(/ended with \d+/);
    await gone([guard, ...below]);
    await writeFile(gate, 'go\n');
    shell.type('some words\n');
    await shell.expect(/script got some words/);
    await shell.untilPrompt();
    t.is(await shell.status(), 0);
  });
}

shellTest('a shim that was stopped dies with its guard all the same', async (t, shell) => {
  await start(shell, `guarded ${up('sleep 1000')}`);
  process.kill(await shell.find('procman-shim'), 'SIGSTOP');
  await shell.kill(await shell.find('procman-guard'), 'SIGKILL');
  await shell.untilPrompt();
  t.deepEqual(await shell.others(), []);
});

shellTest('the script around a command reads the terminal after it', async (t, shell) => {
  await start(shell, script('bash -c "printf \\"%s-%s\\\\n\\" is up"'));
  await shell.expect(/ended with 0/);
  shell.type('some words\n');
  await shell.expect(/script got some words/);
  await shell.untilPrompt();
  t.is(await shell.status(), 0);
});

shellTest('a command that is not there costs the script nothing of its terminal', async (t, shell) => {
  shell.type(`${script('no-such-command')}\n`);
  await shell.expect(/ended with 127/);
  shell.type('some words\n');
  await shell.expect(/script got some words/);
  await shell.untilPrompt();
  t.pass();
});

shellTest('SIGTERM to procman stops the command and what it started', async (t, shell) => {
  const { pids } = await startDevServer(shell);
  const cli = await shell.findAbove(pids[0], 'node');
  await shell.kill(cli, 'SIGTERM');
  await shell.untilPrompt();
  t.is(await shell.status(), 143);
  t.deepEqual(pids.filter(isAlive), []);
});

shellTest('closing the window leaves nothing, also of what ignores the hang-up', async (t, shell) => {
  const { pids } = await startDevServer(shell);
  await shell.hangUp();
  await gone(pids);
  t.deepEqual(pids.filter(isAlive), []);
});

shellTest('procman inside procman: Ctrl-Z, fg and Ctrl-C pass through both', async (t, shell) => {
  await start(shell, `guarded node bin/procman.js run -- ${TALKER}`);
  shell.type(CTRL_Z);
  t.regex(await shell.untilPrompt(), /Stopped/);
  shell.type('fg\n');
  await shell.expect(/is-continued/);
  shell.type('some words\n');
  await shell.expect(/got some words/);
  shell.type(CTRL_C);
  await shell.untilPrompt();
  t.is(await shell.status(), 130);
  t.deepEqual(await shell.others(), []);
});

shellTest('in a pipeline the pager behind procman has the terminal', async (t, shell) => {
  shell.type('guarded seq -f "line %g" 5000 | less\n');
  await shell.expect(/line 20\b/);
  shell.type(' ');
  await shell.expect(/line 46\b/);
  await shell.untilPagerWaits();
  shell.type(CTRL_Z);
  t.regex(await shell.untilPrompt(), /Stopped/);
  shell.type('fg\n');
  await shell.expect(/line 40\b/);
  shell.type('q');
  await shell.untilPrompt();
  t.is(await shell.status(), 0);
  t.deepEqual(await shell.others(), []);
});

shellTest('a pager under procman in a pipeline does not hang', async (t, shell) => {
  t.regex(await shell.run('guarded less docs/cli.md | cat | tail -n 3'), /ends by the SIGTERM/);
  t.is(await shell.status(), 0);
});

shellTest('in a pipeline Ctrl-Z, fg, input and Ctrl-C reach the command', async (t, shell) => {
  await start(shell, `guarded ${TALKER} | cat`);
  shell.type(CTRL_Z);
  t.regex(await shell.untilPrompt(), /Stopped/);
  shell.type('fg\n');
  await shell.expect(/is-continued/);
  shell.type('some words\n');
  await shell.expect(/got some words/);
  shell.type(CTRL_C);
  await shell.untilPrompt();
  t.is(await shell.status(), 130);
  t.deepEqual(await shell.others(), []);
});

test('a command that leads the whole session is not stopped by Ctrl-Z, since no shell could continue it', async (t) => {
  const session = await TerminalSession.start(process.execPath, ['bin/procman.js', 'run', '--', 'bash', '-c', 'echo is-up; read line; echo "got $line"; exit 6']);
  await session.expect(/is-up/);
  session.type(CTRL_Z);
  session.type('some words\n');
  await session.expect(/got some words/);
  t.deepEqual(await session.ended, { code: 6, signal: null });
});
