'use strict';
// Pools by the name of their server.

const { EventEmitter } = require('node:events');
const { invalidArgument } = require('../errors.js');
const { milliseconds, nonEmptyString, optionalObject, wholeNumber } = require('../validate.js');
const { MCPServer } = require('./mcp-server.js');
const { MCPServerPool } = require('./mcp-server-pool.js');
const { calledServers, namedPools } = require('./named-pools.js');
const poolEvents = require('./pool-events.js');
const { PoolHealthTimer } = require('./pool-health-timer.js');
const { PoolSource } = require('./pool-source.js');

const count = (least) => (name, value) => wholeNumber(name, value, least, undefined);
const time = (name, value) => milliseconds(name, value, undefined);
/** 0: off. */
const interval = (name, value) => time(name, value === 0 ? Infinity : value);

/** The older names of a pool's sizes: what each is called now, its rule, its default. */
const OVERRIDES = {
  minConnections: { option: 'minInstances', check: count(0), fallback: 2 },
  maxConnections: { option: 'maxInstances', check: count(1), fallback: 10 },
  maxIdleTime: { option: 'idleTimeout', check: time, fallback: 300_000 },
  healthCheckInterval: { option: 'healthCheckInterval', check: interval, fallback: 60_000 },
  connectionTimeout: { option: 'acquireTimeout', check: time, fallback: 10_000 },
};

const DEFAULTS = Object.fromEntries(Object.values(OVERRIDES).map(({ option, fallback }) => [option, fallback]));

/** What is told of all pools: an instance died by itself, or was stopped by its pool. */
const TOLD = { 'server-created': 'connectionCreated', 'server-exited': 'connectionClosed', 'server-retired': 'connectionClosed' };
const TOLD_AS = [...new Set(Object.values(TOLD))];

/** Where pools come from: this object makes each for itself, or they are the process's, which others make as well. */
const OWN = { isNamed: false, source: (server, options) => PoolSource.adHoc({ server, ...options }, DEFAULTS) };
const NAMED = { isNamed: true, source: (server, options) => PoolSource.named(server, options) };

const existing = () => namedPools().map(({ name }) => name);

class McpServerPools extends EventEmitter {
  #pools = new Map();
  #kind;
  #watcher = (server, event, facts) => this.#tell(server, event, facts);
  #watch = (event) => TOLD_AS.includes(event) && poolEvents.watch(this.#watcher);
  #unwatch = () => TOLD_AS.some((event) => this.listenerCount(event) > 0) || poolEvents.unwatch(this.#watcher);

  /** @param {{ isNamed: boolean, source: (server: string, options: object) => PoolSource }} [kind] internal */
  constructor(kind = OWN) {
    super();
    this.#kind = kind;
    this.#watchWhileHeard();
  }

  /** Who listens afterwards is to hear as well. */
  removeAllListeners(...event) {
    super.removeAllListeners(...event);
    this.#watchWhileHeard();
    return this;
  }

  /** The pool of a server; `overrides` count for the first who asks for it. */
  getPool(server, overrides) {
    nonEmptyString('server', server);
    const options = overrideOptions(overrides);
    const known = this.#pools.get(server);
    return known === undefined || known.isShutDown ? this.#make(server, options) : known;
  }

  async getConnection(server, sessionId) {
    return this.getPool(server).getServer({ sessionId });
  }

  async releaseConnection(connection) {
    if (!(connection instanceof MCPServer)) throw invalidArgument('connection', connection, 'what getConnection() gave');
    connection.release();
  }

  getPoolStats() {
    return Object.fromEntries([...this.#pools, ...this.#others()].map(([server, pool]) => [server, pool.getStats()]));
  }

  /** Shuts all pools down; the next use of a name makes a new one. */
  async cleanup() {
    const pools = [...this.#pools, ...this.#othersAndComing()];
    this.#pools.clear();
    await Promise.all(pools.map(([, pool]) => pool.shutdown()));
  }

  /** Pools that nobody asked this object for. They are not kept: who asks first for a name says how large its pool is. */
  #others() {
    return this.#kind.isNamed ? this.#unasked(existing()) : [];
  }

  /** The same, with those that the first calls of their servers are about to make. */
  #othersAndComing() {
    // In this order: one that is made in between is on the second list.
    return this.#kind.isNamed ? this.#unasked([...calledServers(), ...existing()]) : [];
  }

  #unasked(names) {
    const missing = [...new Set(names)].filter((name) => this.#pools.get(name)?.isShutDown ?? true);
    return missing.map((name) => [name, new MCPServerPool(this.#kind.source(name, {}))]);
  }

  #make(server, options) {
    const pool = new MCPServerPool(this.#kind.source(server, options));
    if (!this.#kind.isNamed) for (const event of Object.keys(TOLD)) pool.on(event, (facts) => this.#tell(server, event, facts));
    this.#watchHealth(server, pool, options.healthCheckInterval ?? DEFAULTS.healthCheckInterval);
    this.#pools.set(server, pool);
    return pool;
  }

  #tell(server, event, facts) {
    if (Object.hasOwn(TOLD, event)) this.emit(TOLD[event], { server, ...facts });
  }

  /** Of the process's pools it is told by name, because many of them nobody ever asked this object for. */
  #watchWhileHeard() {
    if (!this.#kind.isNamed) return;
    if (!this.listeners('newListener').includes(this.#watch)) super.on('newListener', this.#watch);
    if (!this.listeners('removeListener').includes(this.#unwatch)) super.on('removeListener', this.#unwatch);
  }

  #watchHealth(server, pool, intervalMs) {
    const timer = new PoolHealthTimer(intervalMs, () => {
      if (pool.isShutDown) timer.stop();
      else this.emit('poolHealthCheck', { server, stats: pool.getStats(), timestamp: new Date() });
    });
  }
}

function overrideOptions(overrides = {}) {
  if (overrides === null) throw invalidArgument('overrides', overrides, 'an object');
  optionalObject('overrides', overrides);
  const options = {};
  for (const [name, value] of Object.entries(overrides)) {
    const rule = Object.hasOwn(OVERRIDES, name) ? OVERRIDES[name] : undefined;
    if (rule === undefined) throw invalidArgument('overrides', name, `an object with keys out of ${Object.keys(OVERRIDES).join(', ')}`);
    const checked = rule.check(`overrides.${name}`, value);
    if (checked !== undefined) options[rule.option] = checked;
  }
  const { minInstances = 0, maxInstances = Infinity } = options;
  if (minInstances > maxInstances) throw invalidArgument('overrides.minConnections', minInstances, `at most overrides.maxConnections, which is ${maxInstances}`);
  return options;
}

/** The pools behind callToolAsync. */
const pools = new McpServerPools(NAMED);

module.exports = { McpServerPools, pools };
