'use strict';
// Facts of the kernel for assertions, and waiting for them: a helper program polls pidfds, so that no test guesses a time.
const { execFile } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { promisify } = require('node:util');
const { example } = require('./programs.js');

const run = promisify(execFile);
const processes = import('../../scripts/processes.mjs');

/** Resolves when every pid is gone or a zombie; rejects after a minute with the pids that live. */
const gone = (pids) => run(example('wait_gone'), ['60000', ...pids.map(String)]);

/** An environment entry that marks all processes of one test case. */
function cookie() {
  const value = randomUUID();
  return { env: { PROCMAN_TEST_CASE: value }, survivors: async () => (await processes).withEnvironment(`PROCMAN_TEST_CASE=${value}`) };
}

const descendants = async (pid) => (await processes).descendantsOf(pid);

module.exports = { gone, cookie, descendants };
