'use strict';
// HTTP servers: what lib/api loads with the first call of one. Owns connections and logins; knows nothing of slots, lists and outcomes.

const { BlockingHelper } = require('./blocking-helper.js');
const { Connections } = require('./connections.js');
const { HttpCall } = require('./http-call.js');
const { warnTo } = require('./warnings.js');

const connections = new Connections();
const helper = new BlockingHelper();
const running = new Set();

/**
 * Carries one call.
 * @param {{definition: object, question: object, options: object, signal?: AbortSignal, onProgress?: Function, onInput?: Function}} job `onInput`
 *   answers a server's questions, or rejects with the error that ends the call
 * @returns {Promise<{result?: unknown, error?: Error, attempts: number}>} never rejects
 */
async function carry(job) {
  const call = new HttpCall(connections, job);
  running.add(call);
  const outcome = await call.run();
  running.delete(call);
  return outcome;
}

/** The same for a thread that waits; without signal and progress. */
const carryBlocking = (job) => helper.ask(job);

/** By a session for this thread or for its blocking calls. */
const isConnected = (server) => connections.has(server) || helper.has(server);

/** Ends the session of a server, and what asks for it; the next call begins one. */
async function close(server) {
  for (const call of running) if (call.server === server) call.closed();
  await Promise.all([connections.close(server), helper.close(server)]);
}

/** Ends all sessions and the helper thread. */
async function closeAll() {
  for (const call of running) call.closed();
  await Promise.all([connections.closeAll(), helper.end()]);
}

module.exports = { carry, carryBlocking, isConnected, close, closeAll, warnTo };
