'use strict';
// The seam between tool calls and servers that are no processes of ours. The engine knows how such a server is configured and lists its
// calls; lib/http carries them and is loaded with the first one, so that programs without HTTP servers pay nothing for them.

const { mayBeEntry } = require('./entry-doubts.js');
const { unwrap } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const { warn } = require('./log/logger.js');
const { releaseSlot } = require('./mcp-semaphore.js');
const { native } = require('./native.js');
const settings = require('./settings.js');

let loaded;
/** Servers that are processes, until they are closed or fail: asking costs a blocking call a fifth of its time. */
let local = new Set();
let localOf;
const http = () => (loaded ??= load());

function load() {
  const carrier = require('../http/index.js');
  carrier.warnTo(warn);
  return carrier;
}

/**
 * The resolved definition of a server that is reached by HTTP; undefined for all others, and for names that nobody knows.
 * Throws ERR_CONFIG for an entry that cannot be resolved. Holds secrets.
 */
function remoteDefinition(server, host) {
  if (isLocal(server)) return undefined;
  let definition;
  try {
    definition = JSON.parse(unwrap(native().serverDefinition(host, server)));
  } catch (error) {
    // Of other servers the engine tells the same, with what else it knows.
    if (isRemote(server, host)) throw error;
    return undefined;
  }
  if (definition.kind === 'http') return definition;
  local.add(server);
  return undefined;
}

function isLocal(server) {
  if (localOf !== settings.current()) {
    localOf = settings.current();
    local = new Set();
  }
  return local.has(server);
}

function isRemote(server, host) {
  try {
    return JSON.parse(unwrap(native().serversList(host))).some(({ name, transport }) => name === server && transport === 'http');
  } catch {
    return false;
  }
}

/**
 * Carries a call that holds a slot.
 * @param {object} definition
 * @param {{question: object, options: object}} call
 * @param {{signal: AbortSignal, onProgress?: Function, onInput?: Function}} listener
 * @param {(answer: object) => void} settle told once, when the slot is free again and the call off the list
 */
function beginRemote(definition, { question, options }, listener, settle) {
  const number = unwrap(native().remoteCallBegin(question.server, question.name));
  const started = performance.now();
  const done = (outcome) => {
    native().remoteCallEnd(number, doubts(outcome, question.server));
    releaseSlot();
    settle(answerOf(outcome, question, performance.now() - started));
  };
  void http().carry({ definition, question, options, ...listener }).then(done);
}

/** Carries a call while this thread waits. */
function carryBlocking(definition, question, options) {
  // Calls that are held for the end of this turn would wait as long as this one.
  native().callsFlush();
  const number = unwrap(native().remoteCallBegin(question.server, question.name));
  const started = performance.now();
  let doubtful = true;
  try {
    const outcome = http().carryBlocking({ definition, question, options });
    doubtful = doubts(outcome, question.server);
    return answerOf(outcome, question, performance.now() - started);
  } finally {
    native().remoteCallEnd(number, doubtful);
  }
}

const doubts = ({ error }, server) => error !== undefined && mayBeEntry(error, isConnected(server));

/** The same fields as of a call that the engine carried. */
function answerOf({ result, error, attempts }, { render }, durationMs) {
  if (error !== undefined) return { error, durationMs, attempts };
  const raw = JSON.stringify(result ?? null);
  return { output: render ? native().resultText(raw)[0] : undefined, raw, isError: result?.isError === true, durationMs, attempts };
}

/** Marks the rows of servers that this thread is connected to. */
const withConnections = (servers) => servers.map((row) => (row.transport === 'http' && isConnected(row.name) ? { ...row, running: 1 } : row));

const isConnected = (server) => loaded?.isConnected(server) === true;

/** The entry of a server may have changed: the next call asks for it again. */
const forgetEntry = (server) => local.delete(server);

/** The same after a failed call of a server that is a process, where the entry may be the cause, or is needed for the next start. */
function forgetEntryAfter(error, server) {
  if (mayBeEntry(error, error.code !== 'ERR_SERVER_EXITED')) forgetEntry(server);
}

const closeRemote = async (server) => loaded?.close(server);
const closeRemotes = async () => loaded?.closeAll();

module.exports = { remoteDefinition, beginRemote, carryBlocking, withConnections, isConnected, forgetEntry, forgetEntryAfter, closeRemote, closeRemotes };
