'use strict';
// Who is dead in ps and why: zombies of a pid namespace, whose numbers are small, and processes that live on without their first thread.
const test = require('ava').default;

const { isKernelThread } = require('../lib/cli/process-selection.js');
const { fakeApi, runCli } = require('./fixtures/fake-api.js');

const process = (pid, ppid, facts) => ({
  pid, ppid, uid: 0, name: 'sh', argv: ['sh'], exe: '/bin/sh', state: 'sleeping', rssBytes: 1, cpuPercent: 0, startedAt: Date.now(), threads: 1, orphan: false, ...facts,
});
/** Neither has arguments or a program any more. */
const ended = (pid, ppid, facts) => process(pid, ppid, { state: 'zombie', argv: [], exe: undefined, ...facts });
const zombie = ended(2, 1);
const leaderless = ended(9, 1, { threads: 2, name: 'server' });
const commands = (stdout) => stdout.trimEnd().split('\n').slice(1).map((line) => line.replace(/^(\s+\S+){4}\s+/, ''));

test('a zombie with the number of kthreadd, or below it, is no thread of the kernel', async (t) => {
  t.deepEqual([zombie, ended(7, 2), process(7, 2)].map(isKernelThread), [false, false, false]);
  const thread = { argv: [], exe: undefined };
  t.deepEqual([process(2, 0, thread), process(7, 2, { ...thread, state: 'other' })].map(isKernelThread), [true, true]);
  const { stdout } = await runCli(['ps', '--sort', 'pid'], { api: fakeApi({ listProcesses: async () => [zombie, ended(7, 2), process(3, 2, thread)] }) });
  t.deepEqual(commands(stdout), ['(zombie) [sh]', '(zombie) [sh]']);
});

test('who lives on without its first thread is no zombie', async (t) => {
  const { stdout } = await runCli(['ps', '--sort', 'pid'], { api: fakeApi({ listProcesses: async () => [zombie, leaderless] }) });
  t.deepEqual(commands(stdout), ['(zombie) [sh]', '(first thread ended) [server]']);
});

const why = async (found) => {
  const facts = { chain: [process(1, 0, { argv: ['/sbin/init'] })], descendants: 0, treeRssBytes: 1, listens: [], unit: null, protected: null };
  return (await runCli(['why', `${found.pid}`], { api: fakeApi({ explainProcess: async () => [{ ...facts, process: found }] }) })).stdout;
};

test('why names no command that would refuse: a zombie is its parent\'s to take away', async (t) => {
  const told = await why(zombie);
  t.regex(told, / {2}stop {5}no: it is dead; its parent 1 does not take it away\n$/);
  t.false(told.includes('procman kill'));
});

test('why says of who lives on without its first thread that it can be stopped', async (t) => {
  const told = await why(leaderless);
  t.regex(told, / {2}state {4}alive, its first thread has ended\n/);
  t.regex(told, / {2}stop {5}yes: no rule protects it\n {11}procman kill 9\n$/);
});
