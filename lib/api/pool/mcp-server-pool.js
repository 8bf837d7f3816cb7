'use strict';
// Instances of one server, shared by everybody who asks. The pool itself is native; this class is how one thread sees it.

const { EventEmitter } = require('node:events');
const { ProcmanError, invalidArgument } = require('../errors.js');
const { toolQuestion } = require('../calls.js');
const { hostEnv } = require('../host-env.js');
const { native } = require('../native.js');
const requests = require('../requests.js');
const { milliseconds, nonEmptyString, optionalObject } = require('../validate.js');
const { PoolTransport } = require('../transport/pool-transport.js');
const { getServerOptions } = require('./get-server-options.js');
const { acquireLease } = require('./lease-request.js');
const { releaseOldest } = require('./lease-info.js');
const { leases } = require('./lease-table.js');
const { MCPServer } = require('./mcp-server.js');
const { askPool } = require('./pool-call.js');
const { poolOptions } = require('./pool-options.js');
const { PoolSource } = require('./pool-source.js');
const { PoolStats } = require('./pool-stats.js');
const poolEvents = require('./pool-events.js');

/** What Node itself emits on an emitter; nobody needs the native part to tell it. */
const OWN_EVENTS = ['newListener', 'removeListener'];

class MCPServerPool extends EventEmitter {
  #source;
  /** Of the native part; 0 until it is known that there is one. */
  #number = 0;
  /** Whether this object has used it, so that its options count. Of a named pool others may have been first. */
  #isOpen = false;
  /** What the names of its instances begin with. */
  #name;
  #stats = new PoolStats();
  #shutDown;
  #hook = (event) => OWN_EVENTS.includes(event) || this.#listen();

  /** @param {object | PoolSource} [options] */
  constructor(options) {
    super();
    this.#source = options instanceof PoolSource ? options : PoolSource.adHoc(poolOptions(options));
    super.on('newListener', this.#hook);
    if (this.#source.startsAtOnce) this.#opened();
  }

  /** Who listens afterwards is to hear as well. */
  removeAllListeners(...event) {
    super.removeAllListeners(...event);
    if (!this.listeners('newListener').includes(this.#hook)) super.on('newListener', this.#hook);
    return this;
  }

  /** A lease on an instance: a warm one at once, else a started one. */
  getServer(options) {
    try {
      const asked = getServerOptions(options);
      const lease = acquireLease(this.#opened(), asked);
      if (typeof lease === 'number') return Promise.resolve(this.#leased(lease, asked));
      return lease.then((granted) => this.#leased(granted, asked));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** By id: the oldest open lease on that instance; without one nothing happens. */
  releaseServer(server) {
    if (server instanceof MCPServer) {
      server.release();
      return;
    }
    if (typeof server !== 'string' || server === '') throw invalidArgument('server', server, 'the id of an instance, or what getServer() gave');
    if (this.#number === 0) return;
    leases.get(releaseOldest(this.#number, server))?.releasedByName();
  }

  /** Takes an instance, calls, gives it back. */
  callTool(name, args, options) {
    const send = (request, host, { sessionId = null }) => native().poolCall(this.#opened(), sessionId, ...request, host);
    return askPool(() => toolQuestion(this.#source.label, name, args, false), options, send);
  }

  /** A transport for a `Client` of the official SDK, on an instance of this pool. */
  transport(options) {
    return new PoolTransport(this, options);
  }

  /** Unbinds a session from its instance. */
  endSession(sessionId) {
    nonEmptyString('sessionId', sessionId);
    const number = this.#current();
    if (number !== 0) native().poolEndSession(number, sessionId);
  }

  getStats() {
    return this.#stats.of(this.#current());
  }

  /** Stops all instances. Idempotent. */
  shutdown(options = {}) {
    try {
      optionalObject('options', options);
      const grace = milliseconds('options.graceMs', options.graceMs, -1);
      this.#shutDown ??= this.#stop(grace);
      return this.#shutDown;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async [Symbol.asyncDispose]() {
    await this.shutdown();
  }

  /** @internal The name of an instance by its number; `releaseServer()` takes it. */
  instanceId(number) {
    return `${this.#name}-${number}`;
  }

  /** @internal Whether it takes no more requests, by its own end or by that of the engine, which another thread may have ended. */
  get isShutDown() {
    return this.#shutDown !== undefined || this.#source.isOver || (this.#number !== 0 && native().poolName(this.#number) === null);
  }

  /** @internal This is the native pool, whoever made it. */
  found(number) {
    this.#number = number;
    this.#name = native().poolName(number);
    this.#source.begins();
    poolEvents.stopWaiting(this.#source.name, this);
    if (this.eventNames().some((event) => !OWN_EVENTS.includes(event))) poolEvents.follow(number, this);
  }

  async #stop(grace) {
    if (!this.#source.isOver) await this.#end(this.#current(), grace);
    // The event of the end came before the answer.
    poolEvents.unfollow(this.#number, this);
    poolEvents.stopWaiting(this.#source.name, this);
  }

  #end(number, grace) {
    if (number === 0) return this.#endUnmade(grace);
    this.#stats.keepTotals(number);
    for (const lease of leases.values()) if (lease.pool === this) lease.endedWithPool();
    return requests.ask((token) => native().poolShutdown(number, grace, token));
  }

  /** A first call of somebody else may be about to make it. */
  #endUnmade(grace) {
    const { name } = this.#source;
    if (name !== undefined) return requests.ask((token) => native().serverClose(name, grace, token));
  }

  /** The number of the native pool, which is made at the first use. */
  #opened() {
    if (this.#shutDown !== undefined) throw this.#closed();
    if (this.#isOpen) return this.#number;
    if (this.isShutDown) throw this.#closed();
    this.found(this.#source.open());
    this.#isOpen = true;
    return this.#number;
  }

  /** The number of the native pool, which nobody makes by looking for it; 0: there is none yet. */
  #current() {
    const number = this.#number === 0 && this.#shutDown === undefined ? this.#source.find() : 0;
    if (number !== 0) this.found(number);
    return this.#number;
  }

  #listen() {
    if (this.isShutDown) return;
    const number = this.#current();
    if (number !== 0) poolEvents.follow(number, this);
    else if (this.#source.name !== undefined) poolEvents.waitFor(this.#source.name, this);
  }

  #leased(lease, asked) {
    return new MCPServer(lease, this, this.#source.label, asked);
  }

  #closed() {
    return new ProcmanError('ERR_CLOSED', `the pool of ${this.#source.label} was shut down; make a new one`, { details: { pool: this.#source.label } });
  }
}

module.exports = { MCPServerPool };
