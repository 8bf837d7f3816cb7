'use strict';
// Pools by the name of their server.

const { EventEmitter } = require('node:events');
const { invalidArgument } = require('../errors.js');
const { milliseconds, nonEmptyString, optionalObject, wholeNumber } = require('../validate.js');
const { MCPServer } = require('./mcp-server.js');
const { MCPServerPool } = require('./mcp-server-pool.js');
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

class McpServerPools extends EventEmitter {
  #pools = new Map();
  #source;

  /** @param {(server: string, options: object) => PoolSource} [source] internal: where the pools come from */
  constructor(source = (server, options) => PoolSource.adHoc({ server, ...options }, DEFAULTS)) {
    super();
    this.#source = source;
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
    return Object.fromEntries([...this.#pools].map(([server, pool]) => [server, pool.getStats()]));
  }

  /** Shuts all pools down; the next use of a name makes a new one. */
  async cleanup() {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.shutdown()));
  }

  #make(server, options) {
    const pool = new MCPServerPool(this.#source(server, options));
    pool.on('server-created', (facts) => this.emit('connectionCreated', { server, ...facts }));
    // Died by itself, or was stopped by the pool.
    for (const end of ['server-exited', 'server-retired']) pool.on(end, (facts) => this.emit('connectionClosed', { server, ...facts }));
    this.#watch(server, pool, options.healthCheckInterval ?? DEFAULTS.healthCheckInterval);
    this.#pools.set(server, pool);
    return pool;
  }

  #watch(server, pool, intervalMs) {
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
const pools = new McpServerPools((server, options) => PoolSource.named(server, options));

module.exports = { McpServerPools, pools };
