'use strict';
// A lease on an instance of a pool. The native part knows where the instance is and how it fares; this class asks when somebody reads.

const { EventEmitter } = require('node:events');
const { ProcmanError } = require('../errors.js');
const { allPages, methodQuestion, toolQuestion } = require('../calls.js');
const { native } = require('../native.js');
const { leases } = require('./lease-table.js');
const { askPool } = require('./pool-call.js');

class MCPServer extends EventEmitter {
  #number;
  #label;
  /** What was seen of the instance last: stays readable when it is gone, or the lease given back. */
  #seen = {};
  #released = false;

  /**
   * @internal Made by getServer().
   * @param {number} number the lease
   * @param {object} pool who granted it
   * @param {string} label what runs, for messages
   * @param {Record<string, Function>} [handlers] answers to the server's questions
   */
  constructor(number, pool, label, handlers) {
    super();
    Object.defineProperties(this, { pool: { value: pool }, handlers: { value: handlers } });
    this.#number = number;
    this.#label = label;
    leases.set(number, this);
  }

  /** Names the instance. Changes when a shared lease moves to another one. */
  get id() {
    return this.#look().id;
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
    return this.#look().sessionId;
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
    this.released();
    native().leaseRelease(this.#number);
  }

  async [Symbol.asyncDispose]() {
    this.release();
  }

  /** @internal What the instance has to say; see lease-table.js. */
  notice(event, info) {
    this.emit(event, info);
  }

  /** @internal It is given back: here, by id, or with its pool. */
  released(instanceId) {
    this.#look();
    this.#seen.id ??= instanceId;
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
    const info = this.#released ? null : native().leaseInfo(this.#number);
    if (info !== null) this.#seen = { ...this.#seen, ...JSON.parse(info) };
    return this.#seen;
  }

  #closed() {
    return new ProcmanError('ERR_CLOSED', `this lease on ${this.#seen.id} of ${this.#label} was released; call getServer() for another one`, {
      details: { instanceId: this.#seen.id },
    });
  }
}

module.exports = { MCPServer };
