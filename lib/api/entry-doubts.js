'use strict';
// Which failures of a call are a reason to look at the configuration again. Pure.

/** What a server's entry can cause, whether or not something was open. */
const BY_ENTRY = new Set(['ERR_SERVER_START', 'ERR_SERVER_UNKNOWN', 'ERR_CONFIG', 'ERR_AUTH_REQUIRED']);

/**
 * Whether the entry may be what has to be mended. A server that answered is the right one, and stays as it is until closeServer(), whatever
 * became of one call.
 * @param {{code: string, details?: {status?: number}}} error
 * @param {boolean} connected whether the server is still there after it: where it is not, the next call needs the entry anyhow
 */
function mayBeEntry({ code, details }, connected) {
  return !connected || BY_ENTRY.has(code) || (code === 'ERR_SERVER_PROTOCOL' && details?.status !== undefined);
}

module.exports = { mayBeEntry };
