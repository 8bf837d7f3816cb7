'use strict';
// The configured servers: which there are, which run, and the end of one.

const { unwrap } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const requests = require('./requests.js');
const { milliseconds, nonEmptyString } = require('./validate.js');

/** Every server of the configuration in force. */
const listServers = () => JSON.parse(unwrap(native().serversList(hostEnv())));

/** Which configuration files count, and what is wrong with them. */
const configurationSources = () => JSON.parse(unwrap(native().configurationSources(hostEnv())));

/** The calls that hold a slot, oldest first. */
const getActiveProcesses = () => JSON.parse(native().callsActive());

/** Stops the warm instance of a server; the next call starts a new one. */
async function closeServer(server, { graceMs } = {}) {
  nonEmptyString('server', server);
  const grace = milliseconds('options.graceMs', graceMs, -1);
  await requests.ask((token) => native().serverClose(server, grace, token));
}

module.exports = { listServers, configurationSources, getActiveProcesses, closeServer };
