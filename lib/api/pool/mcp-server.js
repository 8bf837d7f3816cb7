'use strict';
// A lease on an instance of a pool. The native part knows where the instance is and how it fares; this class asks when somebody reads.

const { EventEmitter } = require('node:events');
const { ProcmanError } = require('../errors.js');
const { allPages, methodQuestion, toolQuestion } = require('../calls.js');
const { native } = require('../native.js');
const { LeaseInfo } = require('./lease-info.js');
const { leases } = require('./lease-table.js');
const { askPool } = require('./pool-call.js');

class MCPServer extends EventEmitter {
  #number;
  #pool;
  #label;
  #asked;
  #info = new LeaseInfo();
  #released = false;
  /** @internal Told of the end of its pool; whoever listens to events is not, because the lease is of no more use. */
  whenPoolEnds;

  /**
   * @internal Made by getServer().
   * @param {number} number the lease
   * @param {object} pool who granted it
   * @param {string} label what runs, for messages
   * @param {{sessionId?: string, handlers?: Record<string, Function>}} asked what getServer() was given
   */
  constructor(number, pool, label, asked) {
    super();
    this.#number = number;
    this.#pool = pool;
    this.#label = label;
    this.#asked = asked;
    leases.set(number, this);
  }

  /** Names the instance. Changes when a shared lease moves to another one. */
  get id() {
    const { instance } = this.#look();
    return instance === undefined ? undefined : this.#pool.instanceId(instance);
  }

  get pid() {
    return this.#look().pid;
  }

  get createdAt() {
    return new Date(this.#look().createdAt);
  }

  get lastUsedAt() {
    return new Date(this.#look().lastUsedAt);
  }

  /** Of the instance's whole tree, as last measured. */
  get memoryUsageMB() {
    return this.#look().memoryMB;
  }

  get isHealthy() {
    return !this.#released && this.#look().healthy;
  }

  get sessionId() {
    return this.#asked.sessionId;
  }

  /** @internal */
  get pool() {
    return this.#pool;
  }

  /** @internal The answers to the server's questions. */
  get handlers() {
    return this.#asked.handlers;
  }

  callTool(name, args, options) {
    return this.#ask(() => toolQuestion(this.#label, name, args, false), options);
  }

  request(method, params, options) {
    return this.#ask(() => methodQuestion(this.#label, method, params), options);
  }

  /** All pages. */
  listTools() {
    return allPages('tools', (params) => this.request('tools/list', params));
  }

  /** Gives the instance back. Idempotent; calls in flight go on. */
  release() {
    if (this.#released) return;
    this.#info.release(this.#number);
    this.#end();
  }

  async [Symbol.asyncDispose]() {
    this.release();
  }

  /** @internal What the instance answered to `initialize`, as JSON; null when it is gone. */
  get handshake() {
    return native().leaseHandshake(this.#number);
  }

  /** @internal Sends a notification. False: the instance is gone. */
  tell(method, params) {
    return native().leaseNotify(this.#number, method, params === undefined ? '' : JSON.stringify(params));
  }

  /** @internal What the instance has to say; see lease-table.js. */
  notice(event, info) {
    this.emit(event, info);
  }

  /** @internal releaseServer() gave it back. */
  releasedByName() {
    this.#info.read();
    this.#end();
  }

  /** @internal Its pool ends, and it with that. */
  endedWithPool() {
    this.#look();
    const told = this.whenPoolEnds;
    this.#end();
    told?.();
  }

  #end() {
    this.#released = true;
    leases.delete(this.#number);
    this.removeAllListeners();
  }

  #ask(question, options) {
    if (this.#released) return Promise.reject(this.#closed());
    const send = (request) => native().leaseCall(this.#number, ...request);
    return askPool(question, options, send);
  }

  #look() {
    if (!this.#released) this.#info.look(this.#number);
    return this.#info;
  }

  #closed() {
    const { id } = this;
    return new ProcmanError('ERR_CLOSED', `this lease on ${id} of ${this.#label} was released; call getServer() for another one`, { details: { instanceId: id } });
  }
}

module.exports = { MCPServer };
