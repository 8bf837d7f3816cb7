'use strict';
// One run of a server under a StdioTransport: its unit, what it writes, and how it is asked to leave.
//
// The guard stops it; this file only says when. It reads the unit's streams rather than the engine's connection, because the SDK matches
// answers itself and wants every message as an object.

const { once } = require('node:events');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { ProcmanError } = require('../errors.js');
const { spawnHeld } = require('../units.js');
const { within } = require('../within.js');
const { getDefaultEnvironment } = require('./default-environment.js');
const { lineOf, messageOf } = require('./json-rpc-message.js');
const { LineReader } = require('./line-reader.js');

/** Rungs of the protocol's shutdown, as long as the SDK's: stdin is closed, this; SIGTERM, this; SIGKILL. */
const LEAVE_MS = 2000;
const GRACE_MS = 2000;
/** Every process of the unit is gone by then; only somebody outside of it could still hold the pipes. */
const LAST_BYTES_MS = 500;

class ServerRun {
  #unit = null;
  #events;
  #lines;

  /**
   * @param {{command: string, args?: string[], env?: object, cwd?: string, maxBufferSize: number}} server
   * @param {import('./stderr-target.js').StderrTarget} stderr
   * @param {{message: Function, error: Function, overflow: Function, ended: Function}} events
   */
  constructor(server, stderr, events) {
    this.#events = events;
    this.#lines = new LineReader(server.maxBufferSize);
    /** When its first process runs; rejects when it cannot. */
    this.started = this.#start(server, stderr);
    /** When nothing is left of it and all that it wrote was read; never rejects. */
    this.ended = this.started.then(() => this.#readToItsEnd()).catch(() => {}).then(() => events.ended());
  }

  get pid() {
    return this.#unit?.pid ?? null;
  }

  /** Resolves when the pipe has taken it. */
  async write(message) {
    const line = lineOf(message);
    await this.started;
    const { stdin } = this.#unit;
    await new Promise((resolve, reject) => {
      const taken = stdin.write(line, (error) => (error ? reject(deaf(error)) : resolve()));
      if (taken) resolve();
    });
  }

  /** The shutdown that the protocol asks for, and the whole unit at its last rung. */
  async stop() {
    await this.started.catch(() => {});
    if (this.#unit !== null) {
      this.#unit.stdin.end();
      await within(LEAVE_MS, this.ended);
      await this.#unit.stop({ graceMs: GRACE_MS });
    }
    await this.ended;
  }

  async #start({ command, args, env, cwd }, stderr) {
    try {
      const options = { cwd, env: { ...getDefaultEnvironment(), ...env }, inheritEnv: false, stdio: ['pipe', 'pipe', stderr.mode], graceMs: GRACE_MS };
      this.#unit = await spawnHeld(command, args ?? [], options);
    } catch (error) {
      this.#events.error(error);
      throw error;
    }
    this.#listen(stderr);
  }

  #listen(target) {
    const { stdin, stdout, stderr } = this.#unit;
    stdout.on('data', (chunk) => this.#read(chunk));
    stdout.on('error', (error) => this.#events.error(error));
    stdin.on('error', (error) => this.#events.error(deaf(error)));
    target.take(stderr);
  }

  #read(chunk) {
    this.#lines.append(chunk);
    for (let line = this.#nextLine(); line !== null; line = this.#nextLine()) this.#deliver(line);
  }

  #nextLine() {
    try {
      return this.#lines.next();
    } catch (error) {
      this.#unit.stdout.removeAllListeners('data').resume();
      this.#events.error(error);
      this.#events.overflow();
      return null;
    }
  }

  #deliver(line) {
    try {
      this.#events.message(messageOf(line));
    } catch (error) {
      this.#events.error(error);
    }
  }

  async #readToItsEnd() {
    const { exited, stdin, stdout, stderr } = this.#unit;
    const closed = Promise.all([stdout, stderr].filter(Boolean).map((stream) => once(stream, 'close')));
    await exited;
    let seen;
    do {
      seen = stdout.bytesRead;
      await within(LAST_BYTES_MS, closed);
      // A timer that is late fires before the pipes are looked at.
      await nextTurn();
    } while (stdout.bytesRead !== seen);
    stdout.destroy();
    stdin.destroy();
    // Not destroyed: somebody may still want to read it. It keeps no process alive.
    stderr?.unref();
  }
}

function deaf(cause) {
  return new ProcmanError('ERR_CLOSED', `Not connected: the server no longer reads its stdin (${cause.code ?? cause.message}); start() again, or see its stderr`, { cause });
}

module.exports = { ServerRun };
