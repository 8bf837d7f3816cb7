'use strict';
// The stdio transport for clients of the official SDK, over the guard.

const { ProcmanError, invalidArgument } = require('../errors.js');
const { nonEmptyString, optionalObject, optionalStrings, wholeNumber } = require('../validate.js');
const { ServerRun } = require('./server-run.js');
const { StderrTarget } = require('./stderr-target.js');

const DEFAULT_MAX_BUFFER_BYTES = 10 * 2 ** 20;

/**
 * Takes the place of the SDK's `StdioClientTransport`: parameters, callbacks, environment and shutdown are its own. What it adds is the guard:
 * however this process ends, nothing is left of the server, not even what a wrapper such as npx started.
 */
class StdioTransport {
  onclose;
  onerror;
  onmessage;
  /** A stdio stream has no session. */
  sessionId = undefined;
  #server;
  #stderr;
  #run;
  #closing = Promise.resolve();

  /** @throws ERR_INVALID_ARGUMENT */
  constructor(server) {
    if (optionalObject('server', server) === undefined) throw invalidArgument('server', server, 'an object with a command');
    nonEmptyString('server.command', server.command);
    optionalStrings('server.args', server.args ?? undefined);
    const maxBufferSize = wholeNumber('server.maxBufferSize', server.maxBufferSize, 1, DEFAULT_MAX_BUFFER_BYTES, Number.MAX_SAFE_INTEGER);
    this.#server = { ...server, maxBufferSize };
    this.#stderr = StderrTarget.of(server.stderr ?? undefined);
  }

  /** The server's process while it is connected. */
  get pid() {
    return this.#run?.pid ?? null;
  }

  /** With `stderr: 'pipe'` a stream, already before start(); else null. */
  get stderr() {
    return this.#stderr.stream;
  }

  /** Resolves when the server's process runs. `Client.connect()` calls it. */
  async start() {
    if (this.#run !== undefined) throw alreadyStarted();
    const run = new ServerRun(this.#server, this.#stderr, {
      message: (message) => this.onmessage?.(message),
      error: (error) => this.onerror?.(error),
      overflow: () => void this.close(),
      ended: () => this.#ended(run),
    });
    this.#run = run;
    await run.started;
  }

  /** Resolves when the pipe has taken the message. */
  async send(message) {
    if (this.#run === undefined) throw notConnected();
    await this.#run.write(message);
  }

  /** Closes the server's stdin, waits, SIGTERM, waits, SIGKILL: to all that is left of it. Resolves when it is over. */
  close() {
    const run = this.#run;
    this.#run = undefined;
    if (run !== undefined) this.#closing = run.stop();
    return this.#closing;
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  #ended(run) {
    if (this.#run === run) this.#run = undefined;
    this.onclose?.();
  }
}

/** The first words are the SDK's own, which programs look for. */
function alreadyStarted() {
  return new ProcmanError(
    'ERR_INVALID_ARGUMENT',
    'StdioClientTransport already started! If using Client class, note that connect() calls start() automatically.',
    { details: { argument: 'this', rule: 'started once until it is closed' } },
  );
}

const notConnected = () => new ProcmanError('ERR_CLOSED', 'Not connected: call start() first; after close() or the end of the server, start() again');

module.exports = { StdioTransport };
