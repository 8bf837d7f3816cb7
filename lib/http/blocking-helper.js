'use strict';
// The side of a thread that waits: hands a call to the helper thread and sleeps until the answer is there.

const path = require('node:path');
const { MessageChannel, receiveMessageOnPort, SHARE_ENV, Worker } = require('node:worker_threads');
const { ProcmanError } = require('../api/errors.js');

/** States of the shared word. */
const STATE = Object.freeze({ asked: 0, answered: 1, ended: 2 });
/** The helper keeps the call's time; this is for a helper that does not. */
const MARGIN_MS = 5000;
const END_MS = 2000;

/** A thread of this environment that carries calls of HTTP servers while this one is blocked. Started with the first such call. */
class BlockingHelper {
  #worker;
  #port;
  #state;
  /** Servers with an open session there, when it last said. */
  #servers = new Set();

  /** Blocks until the call is over. */
  ask({ definition, question, options: { timeoutMs, maxTotalMs, maxRetries } }) {
    if (this.#worker === undefined) this.#start();
    Atomics.store(this.#state, 0, STATE.asked);
    this.#port.postMessage({ kind: 'call', definition, question, options: { timeoutMs, maxTotalMs, maxRetries, annotated: false } });
    const waited = Atomics.wait(this.#state, 0, STATE.asked, Math.min(timeoutMs, maxTotalMs) + MARGIN_MS);
    const letter = receiveMessageOnPort(this.#port);
    if (letter === undefined) return this.#lost(waited, definition);
    const { error, connected, ...outcome } = letter.message;
    if (connected) this.#servers.add(definition.name);
    else this.#servers.delete(definition.name);
    return error === undefined ? outcome : { ...outcome, error: new ProcmanError(error.code, error.message, error) };
  }

  has(server) {
    return this.#servers.has(server);
  }

  close(server) {
    this.#servers.delete(server);
    this.#port?.postMessage({ kind: 'close', server });
  }

  /** Lets it say goodbye to its servers, for a moment. */
  async end() {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#forget();
    worker.ref();
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ kind: 'end' });
    const timer = setTimeout(() => void worker.terminate(), END_MS);
    await ended;
    clearTimeout(timer);
  }

  #start() {
    const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const { port1, port2 } = new MessageChannel();
    this.#state = new Int32Array(shared);
    this.#port = port1;
    // The host's environment and no copy of it, as for calls that do not block; no arguments of the host's, such as a test runner's.
    const options = { workerData: { port: port2, shared }, transferList: [port2], env: SHARE_ENV, execArgv: [], stdin: false };
    this.#worker = new Worker(path.join(__dirname, 'blocking-worker.js'), options);
    // Told by the call that waits; without a listener it would end the host.
    this.#worker.on('error', () => {});
    this.#worker.unref();
    port1.unref();
  }

  #forget() {
    this.#port?.close();
    this.#worker = this.#port = undefined;
    this.#servers.clear();
  }

  #lost(waited, { name }) {
    const worker = this.#worker;
    this.#forget();
    void worker.terminate();
    const message = `the helper thread for blocking calls ${waited === 'timed-out' ? 'did not answer' : 'ended'} during a call of server '${name}'; use callToolAsync, and report this`;
    return { error: new ProcmanError('ERR_NATIVE', message, { details: { server: name } }), attempts: 1 };
  }
}

module.exports = { BlockingHelper, STATE };
