'use strict';
// The configured servers: which there are, which run, and the end of one.

const { unwrap } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const { closeRemote, withConnections } = require('./remote-servers.js');
const requests = require('./requests.js');
const { milliseconds, nonEmptyString, optionalObject } = require('./validate.js');

/** Every server of the configuration in force. */
const listServers = () => withConnections(JSON.parse(unwrap(native().serversList(hostEnv()))));

/** Which configuration files count, and what is wrong with them. */
const configurationSources = () => JSON.parse(unwrap(native().configurationSources(hostEnv())));

/** The calls that hold a slot, oldest first. */
const getActiveProcesses = () => JSON.parse(native().callsActive());

/** Stops the warm instance of a server, or ends this thread's session with an HTTP server; the next call starts anew. */
async function closeServer(server, options = {}) {
  nonEmptyString('server', server);
  optionalObject('options', options);
  const grace = milliseconds('options.graceMs', options.graceMs, -1);
  await closeRemote(server);
  await requests.ask((token) => native().serverClose(server, grace, token));
}

module.exports = { listServers, configurationSources, getActiveProcesses, closeServer };
