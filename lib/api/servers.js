'use strict';
// The configured servers: which there are, which run, and the end of one.

const { fromNative, isNativeError, unwrap } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const { closeRemote, forgetEntry, isConnected, withConnections } = require('./remote-servers.js');
const requests = require('./requests.js');
const { milliseconds, nonEmptyString, optionalObject } = require('./validate.js');

/** Every server of the configuration in force. */
const listServers = () => withConnections(JSON.parse(unwrap(native().serversList(hostEnv()))));

/** Which configuration files count, and what is wrong with them. */
const configurationSources = () => JSON.parse(unwrap(native().configurationSources(hostEnv())));

/** The calls that hold a slot, oldest first. */
const getActiveProcesses = () => JSON.parse(native().callsActive());

/**
 * Stops the warm instance of a server, or ends this thread's session with an HTTP server; the next call starts anew, as the configuration is then.
 * @throws ERR_SERVER_UNKNOWN for a name that nobody configured, unless a server of that name runs still
 */
async function closeServer(server, options = {}) {
  nonEmptyString('server', server);
  optionalObject('options', options);
  const grace = milliseconds('options.graceMs', options.graceMs, -1);
  assertKnown(server);
  forgetEntry(server);
  await closeRemote(server);
  await requests.ask((token) => native().serverClose(server, grace, token));
}

/** A slip of the pen must not pass for a server that is closed. An entry that cannot be resolved is one. */
function assertKnown(server) {
  if (native().serverKnown(server) || isConnected(server)) return;
  const answer = native().serverDefinition(hostEnv(), server);
  if (isNativeError(answer) && answer.code === 'ERR_SERVER_UNKNOWN') throw fromNative(answer);
}

module.exports = { listServers, configurationSources, getActiveProcesses, closeServer };
