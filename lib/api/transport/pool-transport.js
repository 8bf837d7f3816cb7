'use strict';
// The transport of `pool.transport()`: a client of the official SDK on a leased instance, which shook hands long ago and serves others too.
//
// States: idle → started (start) → introduced (initialize took a lease) → closed (close, or the loss of what a session relied on).

const { ProcmanError } = require('../errors.js');
const { optionalObject } = require('../validate.js');
const { ClientQuestions, detailsOf } = require('./client-questions.js');
const { INVALID_REQUEST, RpcFault, faultOf } = require('./rpc-fault.js');

/** After these nothing that the client knows of the server holds any more. */
const FINAL = ['ERR_SESSION_LOST', 'ERR_CLOSED'];

class PoolTransport {
  onclose;
  onerror;
  onmessage;
  /** Of HTTP, not ours: an SDK client takes a transport that has one for a connection to resume. */
  sessionId = undefined;
  #pool;
  #session;
  #started = false;
  #lease;
  /** Requests of the client in flight, by its ids. */
  #requests = new Map();
  #questions = new ClientQuestions((message) => this.#tell(message));

  /** @internal Made by pool.transport(). */
  constructor(pool, options) {
    this.#pool = pool;
    this.#session = optionalObject('options', options)?.sessionId;
  }

  /** Of the instance; changes when a lease without session moves to another one. */
  get pid() {
    return this.#lease?.pid ?? null;
  }

  /** The lease is taken by `initialize`, which says what the client can answer. */
  async start() {
    if (this.#started) throw new ProcmanError('ERR_INVALID_ARGUMENT', 'PoolTransport already started! If using Client class, note that connect() calls start() automatically.');
    this.#started = true;
  }

  async send(message) {
    if (!this.#started) throw new ProcmanError('ERR_CLOSED', 'Not connected: call start() first; after close(), take another transport of the pool');
    if (message.method === undefined) this.#questions.answered(message);
    else if (message.id === undefined) this.#hear(message);
    else void this.#serve(message);
  }

  /** Gives the lease back; the instance lives on for others. */
  async close() {
    if (!this.#started) return;
    this.#started = false;
    for (const abort of this.#requests.values()) abort.abort('the transport was closed');
    this.#questions.abandon();
    this.#lease?.release();
    this.#lease = undefined;
    this.onclose?.();
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  async #serve({ id, method, params }) {
    const abort = new AbortController();
    this.#requests.set(id, abort);
    try {
      const result = await (method === 'initialize' ? this.#introduce(params, abort.signal) : this.#forward(method, params, abort.signal));
      this.#tell({ id, result });
    } catch (error) {
      if (!abort.signal.aborted) this.#failed(id, error);
    } finally {
      this.#requests.delete(id);
    }
  }

  #failed(id, error) {
    this.#tell({ id, error: faultOf(error) });
    if (FINAL.includes(error.code)) this.#end(error);
  }

  /** `initialize`: the pool shook hands for everybody, so the answer is known when there is an instance. */
  async #introduce(params, signal) {
    if (this.#lease !== undefined) throw new RpcFault(INVALID_REQUEST, 'initialize was answered before');
    const handlers = this.#questions.handlersFor(params?.capabilities);
    const lease = await this.#pool.getServer({ sessionId: this.#session, handlers, capabilities: detailsOf(params?.capabilities), signal });
    const handshake = lease.handshake;
    if (signal.aborted || handshake === null) {
      lease.release();
      throw new ProcmanError('ERR_SERVER_EXITED', 'the instance ended as it was leased; connect again', { retryable: true });
    }
    this.#hold(lease);
    return JSON.parse(handshake);
  }

  #hold(lease) {
    this.#lease = lease;
    lease.whenPoolEnds = () => this.#end(new ProcmanError('ERR_CLOSED', 'the pool of this transport was shut down; connect to another one'));
    lease.on('notification', (notification) => this.#tell(notification));
    if (this.#session !== undefined) lease.on('lost', ({ instanceId, cause }) => this.#lost(instanceId, cause));
  }

  async #forward(method, params, signal) {
    if (this.#lease === undefined) throw new RpcFault(INVALID_REQUEST, `${method} came before initialize`);
    const token = params?._meta?.progressToken;
    const onProgress = token === undefined ? undefined : (progress) => this.#tell({ method: 'notifications/progress', params: { progressToken: token, ...progress } });
    // The client keeps its own time.
    return this.#lease.request(method, params, { signal, onProgress, timeoutMs: Infinity });
  }

  /** Notifications of the client. That it is initialized concerns nobody: the instance was told by the pool. */
  #hear({ method, params }) {
    if (method === 'notifications/cancelled') this.#requests.get(params?.requestId)?.abort(params.reason ?? 'cancelled by the client');
    else if (method !== 'notifications/initialized') this.#lease?.tell(method, params);
  }

  /** Told here, so the next use of the session's name begins anew. */
  #lost(instanceId, cause) {
    this.#pool.endSession(this.#session);
    this.#end(new ProcmanError('ERR_SESSION_LOST', `${instanceId}, which held the session, is gone (${cause}); connect again and repeat what built its state`, { details: { instanceId, cause } }));
  }

  #end(error) {
    if (!this.#started) return;
    this.onerror?.(error);
    void this.close();
  }

  #tell(fields) {
    if (!this.#started) return;
    try {
      this.onmessage?.({ jsonrpc: '2.0', ...fields });
    } catch (error) {
      this.onerror?.(error);
    }
  }
}

module.exports = { PoolTransport };
