'use strict';
// The beginning and the end: configure(), shutdown(), and what works on this machine.

const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { ProcmanError, invalidArgument, unwrap } = require('./errors.js');
const { checkedLogger, hasLogger, logTo } = require('./log/logger.js');
const mcpSemaphore = require('./mcp-semaphore.js');
const { native } = require('./native.js');
const { meetAll, observe } = require('./pool/pool-events.js');
const { plainServer } = require('./plain-server.js');
const { closeRemotes } = require('./remote-servers.js');
const requests = require('./requests.js');
const { parseSettings } = require('./semaphore-options.js');
const settings = require('./settings.js');
const { milliseconds, nonEmptyString, optionalObject, wholeNumber } = require('./validate.js');

/** Options of the contract whose systems this version does not have: better told than ignored. */
const NOT_YET = ['telemetry'];
const KNOWN = ['maxConcurrent', 'queueTimeout', 'maxQueue', 'timeoutMs', 'maxRetries', 'configPath', 'servers', 'defaultServer', 'stateDir', 'auditLog', 'logPrefix', 'logger'];

/** Settings in code, before the first call or after shutdown(). */
function configure(options) {
  if (options === undefined) throw invalidArgument('options', options, 'an object');
  optionalObject('options', options);
  Object.keys(options).forEach(assertKnown);
  // All of it is checked before any of it is taken.
  const wanted = portable(options);
  const logger = checkedLogger(options.logger);
  if (settings.isClosing()) throw closing();
  try {
    settings.replace(wanted);
  } catch (error) {
    if (error.code !== 'ERR_CONFIG' || error.details.reason === 'closing' || !settings.isClosed()) throw error;
    openAgain(wanted);
    return log(logger);
  }
  mcpSemaphore.configured();
  log(logger);
}

/** Functions stay on their thread: each has a logger of its own, and the prefix of the process. */
function log(logger) {
  if (logger !== undefined || hasLogger()) logTo(logger, settings.current().logPrefix);
  observe();
}

/** After this thread's own shutdown(), while the engine runs for other threads: on their settings, which are those of the process. */
function openAgain(wanted) {
  const inForce = { ...settings.current(), ...mcpSemaphore.semaphoreSettings() };
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined || isDeepStrictEqual(plain(value), inForce[name])) continue;
    const message = `options.${name} differs from what other threads of this process run on; leave it out to open this thread again, or call shutdown() on the main thread first`;
    throw new ProcmanError('ERR_CONFIG', message, { details: { option: name } });
  }
  settings.reopen();
}

/** What would be started now, that shutdown() would end. */
const closing = () => new ProcmanError('ERR_CONFIG', 'shutdown() is still under way; await it before configure()');

/** As it comes back from the engine. */
const plain = (value) => (value === Infinity ? value : JSON.parse(JSON.stringify(value)));

function assertKnown(name) {
  if (KNOWN.includes(name)) return;
  if (NOT_YET.includes(name)) {
    throw new ProcmanError('ERR_UNSUPPORTED', `options.${name} is not kept by this version; leave it out`, { details: { option: name } });
  }
  throw invalidArgument('options', name, `an object with keys out of ${KNOWN.join(', ')}`);
}

/** What the engine keeps, as plain data. */
function portable(options) {
  const { maxConcurrent, queueTimeout, maxQueue } = options;
  parseSettings(maxConcurrent, { queueTimeout, maxQueue });
  return {
    maxConcurrent,
    queueTimeout,
    maxQueue,
    timeoutMs: milliseconds('options.timeoutMs', options.timeoutMs, undefined),
    maxRetries: wholeNumber('options.maxRetries', options.maxRetries, 0, undefined),
    configPath: options.configPath === undefined ? undefined : nonEmptyString('options.configPath', options.configPath),
    defaultServer: options.defaultServer === undefined ? undefined : nonEmptyString('options.defaultServer', options.defaultServer),
    stateDir: options.stateDir === undefined ? undefined : path.resolve(nonEmptyString('options.stateDir', options.stateDir)),
    auditLog: options.auditLog === undefined ? undefined : path.resolve(nonEmptyString('options.auditLog', options.auditLog)),
    logPrefix: options.logPrefix === undefined ? undefined : nonEmptyString('options.logPrefix', options.logPrefix),
    servers: optionalObject('options.servers', options.servers) && Object.fromEntries(Object.entries(options.servers).map(portableServer)),
  };
}

function portableServer([name, server]) {
  optionalObject(`options.servers.${name}`, server);
  return [name, plainServer(server)];
}

/** Stops everything that this process started; in a worker, what the worker made. Idempotent. */
async function shutdown(options = {}) {
  optionalObject('options', options);
  const grace = milliseconds('options.graceMs', options.graceMs, -1);
  // Loaded at the end of a program rather than at its start.
  const { isMainThread } = require('node:worker_threads');
  meetAll();
  const over = settings.close();
  mcpSemaphore.closeQueue(settings.closedError);
  try {
    await closeRemotes();
    await requests.ask((token) => (isMainThread ? native().engineShutDown(grace, token) : native().engineLeave(token)));
  } finally {
    over();
  }
}

/** What works on this machine. */
const capabilities = () => JSON.parse(unwrap(native().engineCapabilities()));

module.exports = { configure, shutdown, capabilities };
