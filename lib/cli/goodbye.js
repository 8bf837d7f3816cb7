'use strict';

/**
 * Ends the servers that a command started. The guard does that in any case once this process is gone, with a grace, and a shell user should not wait for a
 * server that takes its time. Waiting is for those who ask, and for where the end of this process leaves no grace (PID 1 of a container).
 * @param {object} api
 * @param {{wait?: boolean}} options
 */
async function sayGoodbye(api, { wait = false }) {
  if (wait || !api.capabilities().graceAfterHostDeath) await api.shutdown();
}

const WAIT_OPTION = ['--wait', 'return only when the server has ended'];

module.exports = { sayGoodbye, WAIT_OPTION };
