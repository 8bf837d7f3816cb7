'use strict';
// Facts of the kernel for assertions, and waiting for them: a helper program polls pidfds, so that no test guesses a time.
const { execFile } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { promisify } = require('node:util');
const { example } = require('./programs.js');

const run = promisify(execFile);
const processes = import('../../scripts/processes.mjs');

/** Resolves when every pid is gone or a zombie; rejects after a minute, or `ms`, with the pids that live. */
const gone = (pids, ms = 60_000) => run(example('wait_gone'), [String(ms), ...pids.map(String)]);

/** An environment entry that marks all units of one test case; guards and shims do not carry it. */
function cookie() {
  const value = randomUUID();
  return { env: { PROCMAN_TEST_CASE: value }, survivors: async () => (await processes).withEnvironment(`PROCMAN_TEST_CASE=${value}`) };
}

const descendants = async (pid) => (await processes).descendantsOf(pid);
const isAlive = async (pid) => (await processes).isAlive(pid);
const parentOf = async (pid) => (await processes).stat(pid).ppid;

/** The kernel's name of a process. */
const nameOf = (pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

/** The processes of procman above a unit's first process. */
async function guardiansOf(pid) {
  const shim = await parentOf(pid);
  return { shim, guard: await parentOf(shim) };
}

module.exports = { gone, cookie, descendants, isAlive, nameOf, guardiansOf };
