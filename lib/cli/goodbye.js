'use strict';

/**
 * Ends the servers that a command started, and its sessions with HTTP servers. Servers that are processes end with this one in any case: the guard sees
 * to that, with a grace, and a shell user should not wait for a server that takes its time. Waiting is for those who ask, and for where the end of this
 * process leaves no grace (PID 1 of a container).
 * @param {object} api
 * @param {{wait?: boolean}} options
 */
async function sayGoodbye(api, { wait = false }) {
  if (wait || !api.capabilities().graceAfterHostDeath) await api.shutdown();
  else await endSessions(api);
}

/** An HTTP server cannot see this process end; told, it may forget the session at once. */
async function endSessions(api) {
  await Promise.all(openSessions(api).map(({ name }) => api.closeServer(name)));
}

function openSessions(api) {
  try {
    return api.listServers().filter(({ transport, running }) => transport === 'http' && running > 0);
  } catch {
    // The configuration is broken; the command has said so.
    return [];
  }
}

const WAIT_OPTION = ['--wait', 'return only when the server has ended'];

module.exports = { sayGoodbye, WAIT_OPTION };
