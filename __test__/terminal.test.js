'use strict';
// `procman run` on a terminal, as a person sees it who types into a shell.
const test = require('ava').default;

const { CTRL_C, CTRL_D, CTRL_Z, TALKER, shellTests, start, up } = require('./helpers/terminal.js');

const shellTest = shellTests(test);

shellTest('the exit status is the command\'s, and nothing is left', async (t, shell) => {
  for (const [command, status] of [['true', 0], ["bash -c 'exit 7'", 7], ["bash -c 'kill -TERM $$'", 143], ['no-such-command', 127]]) {
    await shell.run(`guarded ${command}`);
    t.is(await shell.status(), status, command);
    t.deepEqual(await shell.others(), [], command);
  }
});

shellTest('a command reads from the terminal and writes to it', async (t, shell) => {
  await start(shell, `guarded ${up('read line; echo "got $line"; test -t 0 && test -t 1 && test -t 2 && echo all tty')}`);
  shell.type('some words\n');
  await shell.expect(/got some words/);
  t.regex(await shell.untilPrompt(), /all tty/);
});

shellTest('Ctrl-C ends the command by SIGINT, and nothing is left', async (t, shell) => {
  await start(shell, `guarded ${up('sleep 1000; echo not reached')}`);
  t.true((await shell.others()).length >= 4, 'a control: procman, guard, shim and the command are in this session');
  shell.type(CTRL_C);
  t.notRegex(await shell.untilPrompt(), /\nnot reached/);
  t.is(await shell.status(), 130);
  t.deepEqual(await shell.others(), []);
});

shellTest('Ctrl-C ends the loop and the script around the command too, as without procman', async (t, shell) => {
  await start(shell, `for i in 1 2; do guarded ${up('sleep 1000')}; done`);
  shell.type(CTRL_C);
  await shell.untilPrompt();
  t.is(await shell.status(), 130);
  await start(shell, `bash -c 'node bin/procman.js run -- bash -c "printf \\"%s-%s\\n\\" is up; sleep 1000"; printf "%s-%s\\n" went on'`);
  shell.type(CTRL_C);
  t.notRegex(await shell.untilPrompt(), /went-on/);
});

shellTest('a command that handles Ctrl-C itself ends nobody else', async (t, shell) => {
  await start(shell, `bash -c 'node bin/procman.js run -- ${TALKER} busy; printf "%s-%s\\n" went on $?'`);
  shell.type(CTRL_C);
  t.regex(await shell.untilPrompt(), /went-on\s+9-/);
});

shellTest('Ctrl-Z stops the job, fg continues it, and input works', async (t, shell) => {
  await start(shell, `guarded ${TALKER}`);
  for (const round of [1, 2, 3]) {
    shell.type(CTRL_Z);
    t.regex(await shell.untilPrompt(), /Stopped/, `round ${round}`);
    t.is(await shell.status(), 148);
    t.regex(await shell.run('jobs'), /\[1\]\+\s+Stopped.*run --/);
    shell.type('fg\n');
    await shell.expect(/is-continued/);
    shell.type(`hello ${round}\n`);
    await shell.expect(new RegExp(`got hello ${round}`));
  }
  shell.type('exit 5\n');
  await shell.untilPrompt();
  t.is(await shell.status(), 5);
  t.deepEqual(await shell.others(), []);
});

shellTest('a stopped job that is killed leaves nothing', async (t, shell) => {
  await start(shell, `guarded ${up('sleep 1000')}`);
  shell.type(CTRL_Z);
  await shell.untilPrompt();
  await shell.run('kill %1');
  // Without -f, a job that has not ended yet is told as stopped.
  shell.type('wait -f %1\n');
  await shell.untilPrompt();
  t.is(await shell.status(), 143);
  t.deepEqual(await shell.others(), []);
});

shellTest('a job in the background leaves the terminal alone until fg, which it then has', async (t, shell) => {
  await start(shell, `guarded ${TALKER} &`);
  // The shell can still be typed into, and tells of the stop before a prompt.
  for (let shown = ''; !/Stopped/.test(shown); ) shown = await shell.run('jobs');
  shell.type('fg\n');
  await shell.expect(/is-continued/);
  shell.type('exit 3\n');
  await shell.untilPrompt();
  t.is(await shell.status(), 3);
  t.deepEqual(await shell.others(), []);
});

shellTest('a job that runs in the background is the terminal\'s after fg: Ctrl-Z, then Ctrl-C', async (t, shell) => {
  await start(shell, `guarded ${TALKER} busy &`);
  await shell.run('');
  shell.type('fg\n');
  await shell.untilGivenAway();
  shell.type(CTRL_Z);
  t.regex(await shell.untilPrompt(), /Stopped/);
  await shell.run('bg');
  shell.type('fg\n');
  await shell.untilGivenAway();
  shell.type(CTRL_C);
  await shell.expect(/is-interrupted/);
  await shell.untilPrompt();
  t.is(await shell.status(), 9);
});

shellTest('resizing reaches the command', async (t, shell) => {
  await start(shell, `guarded ${TALKER}`);
  shell.resize(33, 101);
  await shell.expect(/size 33 101/);
  shell.type(CTRL_C);
  await shell.untilPrompt();
  t.is(await shell.status(), 130);
});

shellTest('an interactive shell works inside, with jobs of its own', async (t, shell) => {
  const inner = async (keys) => (shell.type(keys), shell.expect(/inner> /));
  shell.type('guarded bash --norc --noprofile --noediting -i\n');
  await shell.expect(/bash-[\d.]+[$#] /);
  await inner(`PS1='inn''er> '\n`);
  await start(shell, TALKER);
  const { input } = await inner(CTRL_Z);
  t.regex(input, /Stopped/);
  t.notRegex(shell.screen, /job control/, 'the shell says so when it cannot have jobs');
  shell.type('fg\n');
  await shell.expect(/is-continued/);
  await inner(CTRL_C);
  t.regex((await inner('echo "inn""er status $?"\n')).input, /inner status 130/);
  shell.type('exit 3\n');
  await shell.untilPrompt();
  t.is(await shell.status(), 3);
  t.deepEqual(await shell.others(), []);
});

shellTest('the end of input ends an interactive shell inside', async (t, shell) => {
  shell.type('guarded bash --norc --noprofile --noediting -i\n');
  await shell.expect(/bash-[\d.]+[$#] /);
  shell.type(CTRL_D);
  await shell.untilPrompt();
  t.is(await shell.status(), 0);
});

shellTest('a pager shows, stops, continues, quits, and gives the terminal back as it was', async (t, shell) => {
  const modes = async () => /speed[^]*/.exec(await shell.run('stty -a'))[0];
  const before = await modes();
  shell.type('guarded less docs/cli.md\n');
  await shell.expect(/The command line/);
  await shell.untilPagerWaits();
  shell.type(CTRL_Z);
  t.regex(await shell.untilPrompt(), /Stopped/);
  t.is(await modes(), before);
  shell.type('fg\n');
  await shell.expect(/The command line/);
  shell.type('q');
  await shell.untilPrompt();
  t.is(await shell.status(), 0);
  t.is(await modes(), before);
});

shellTest('a password is asked for without showing it', async (t, shell) => {
  shell.type(`guarded bash -c 'read -s -p "pass""word: " word < /dev/tty; echo "has \${#word} letters"'\n`);
  await shell.expect(/password: /);
  shell.type('secret\n');
  t.regex(await shell.untilPrompt(), /has 6 letters/);
  t.notRegex(shell.screen, /secret/);
});
