'use strict';
// What a pool may be told, and what it says about the rest. Nothing here starts a process.
const fs = require('node:fs');
const path = require('node:path');
const { inspect } = require('node:util');
const test = require('ava').default;

const { MCPServerPool, McpServerPools, ProcmanError } = require('..');
const { runNode } = require('./helpers/run-node.js');

const seed = (name) => fs.readFileSync(path.join(__dirname, 'fixtures', 'seed-000', name), 'utf8');

const refused = (t, make, message) => {
  const error = t.throws(make, { instanceOf: ProcmanError });
  t.is(error.code, 'ERR_INVALID_ARGUMENT');
  t.regex(error.message, message);
};

/** Options that break a rule, and what the error says. */
const BAD = [
  [null, /options must be an object; got null/],
  [[], /options must be an object; got an array/],
  ['npx', /options must be an object; got "npx"/],
  [{ maxInstance: 3 }, /options must be an object with keys out of command, .*; got "maxInstance"/],
  [{ command: '' }, /options\.command must be a non-empty string; got ""/],
  [{ command: 5 }, /options\.command must be a non-empty string; got 5/],
  [{ command: 'a\0b' }, /options\.command must be a string without NUL/],
  [{ command: 'node', args: 'x' }, /options\.args must be an array of strings; got "x"/],
  [{ command: 'node', args: [1] }, /options\.args\[0\] must be a string; got 1/],
  [{ command: 'node', args: ['a\0b'] }, /options\.args\[0\] must be a string without NUL/],
  [{ command: 'node', env: null }, /options\.env must be an object; got null/],
  [{ command: 'node', env: [] }, /options\.env must be an object; got an array/],
  [{ command: 'node', cwd: '' }, /options\.cwd must be a non-empty string/],
  [{ command: 'node', inheritEnv: 1 }, /options\.inheritEnv must be true or false; got 1/],
  [{ command: 'node', server: 'x' }, /options\.server must be left out beside options\.command/],
  [{ server: 'x', args: [] }, /options\.args must be given together with options\.command; got an array/],
  [{ env: {} }, /options\.env must be given together with options\.command; got an object/],
  [{ server: '' }, /options\.server must be a non-empty string/],
  [{ minInstances: -1 }, /options\.minInstances must be a whole number, 0 or more; got -1/],
  [{ maxInstances: 0 }, /options\.maxInstances must be a whole number, 1 or more; got 0/],
  [{ maxInstances: Infinity }, /options\.maxInstances must be a whole number, 1 or more; got Infinity/],
  [{ maxInstances: '3' }, /options\.maxInstances must be a whole number, 1 or more; got "3"/],
  [{ minInstances: 4, maxInstances: 3 }, /options\.minInstances must be at most options\.maxInstances, which is 3; got 4/],
  [{ sharing: 'all' }, /options\.sharing must be one of 'shared', 'session', 'exclusive'; got "all"/],
  [{ maxLeasesPerInstance: 0 }, /options\.maxLeasesPerInstance must be a whole number, 1 or more; got 0/],
  [{ maxCallsPerInstance: 1.5 }, /options\.maxCallsPerInstance must be a whole number, 1 or more; got 1\.5/],
  [{ idleTimeout: -1 }, /options\.idleTimeout must be a number of milliseconds, 0 or more .*; got -1/],
  [{ sessionIdleTimeout: NaN }, /options\.sessionIdleTimeout must be a number of milliseconds.*; got NaN/],
  [{ acquireTimeout: '1s' }, /options\.acquireTimeout must be a number of milliseconds.*; got "1s"/],
  [{ startTimeout: null }, /options\.startTimeout must be a number of milliseconds.*; got null/],
  [{ startTimeout: 0 }, /options\.startTimeout must be a number of milliseconds above 0/],
  [{ protocol: '2025' }, /options\.protocol must be one of 'legacy', '2026-07-28', 'auto'; got "2025"/],
  [{ graceMs: -5 }, /options\.graceMs must be a number of milliseconds.*; got -5/],
  [{ healthCheckInterval: true }, /options\.healthCheckInterval must be a number of milliseconds.*; got true/],
  [{ maxMessageMB: 0 }, /options\.maxMessageMB must be a number of megabytes above 0, at most 511; got 0/],
  [{ maxMessageMB: Infinity }, /options\.maxMessageMB must be .* at most 511; got Infinity/],
  [{ memoryLimitMB: 0 }, /options\.memoryLimitMB must be a number of megabytes above 0 \(Infinity: no limit\); got 0/],
  [{ restartOnMemoryLeak: 'yes' }, /options\.restartOnMemoryLeak must be true or false; got "yes"/],
  [{ sharedMemoryCache: 0 }, /options\.sharedMemoryCache must be true or false; got 0/],
  [{ maxRestarts: -1 }, /options\.maxRestarts must be a whole number, 0 or more; got -1/],
];

for (const [options, message] of BAD) {
  test(`new MCPServerPool(${inspect(options)}): ${message.source}`, (t) => refused(t, () => new MCPServerPool(options), message));
}

for (const options of [
  undefined,
  {},
  { maxInstances: undefined },
  { idleTimeout: 0, acquireTimeout: Infinity, memoryLimitMB: Infinity, maxCallsPerInstance: Infinity, healthCheckInterval: 0, maxRestarts: 0 },
]) {
  test(`new MCPServerPool(${inspect(options)}) starts nothing and counts nothing`, (t) => {
    const pool = new MCPServerPool(options);
    for (const [name, value] of Object.entries(pool.getStats())) t.is(value, 0, name);
    t.notThrows(() => pool.releaseServer('nobody-1'));
    t.notThrows(() => pool.endSession('nobody'));
  });
}

for (const name of ['configuration.txt', 'exhausted.txt']) {
  test(`the options that the original documents are valid: ${name}`, (t) => {
    const options = Function(`return (${seed(name)})`)();
    t.true(new MCPServerPool(options) instanceof MCPServerPool);
  });
}

/** Options of getServer() that break a rule. */
const BAD_REQUESTS = [
  [null, /options must be an object; got null/],
  [{ session: 'x' }, /options must be an object with keys out of sessionId, timeoutMs, signal, handlers, capabilities; got "session"/],
  [{ sessionId: '' }, /options\.sessionId must be a non-empty string/],
  [{ timeoutMs: -1 }, /options\.timeoutMs must be a number of milliseconds/],
  [{ signal: {} }, /options\.signal must be an AbortSignal; got an object/],
  [{ handlers: [] }, /options\.handlers must be an object; got an array/],
  [{ handlers: { 'tools/call': () => {} } }, /options\.handlers must be an object with keys out of sampling\/createMessage, elicitation\/create, roots\/list; got "tools\/call"/],
  [{ handlers: { 'roots/list': 1 } }, /options\.handlers\['roots\/list'\] must be a function; got 1/],
  [{ capabilities: null }, /options\.capabilities must be an object of objects; got null/],
  [{ capabilities: { tasks: {} } }, /options\.capabilities must be an object with keys out of sampling, elicitation, roots; got "tasks"/],
  [{ capabilities: { elicitation: { url: {} } } }, /options\.capabilities\.elicitation must be given together with options\.handlers\['elicitation\/create'\]; got an object/],
];

for (const [options, message] of BAD_REQUESTS) {
  test(`getServer(${inspect(options)}): ${message.source}`, async (t) => {
    const error = await t.throwsAsync(new MCPServerPool({ command: 'node' }).getServer(options), { instanceOf: ProcmanError });
    t.is(error.code, 'ERR_INVALID_ARGUMENT');
    t.regex(error.message, message);
  });
}

test('what is given back must be a lease or an id', (t) => {
  const pool = new MCPServerPool();
  refused(t, () => pool.releaseServer(), /server must be the id of an instance, or what getServer\(\) gave; got undefined/);
  refused(t, () => pool.releaseServer({}), /got an object/);
  refused(t, () => pool.endSession(''), /sessionId must be a non-empty string/);
});

/** Overrides of getPool() that break a rule. */
const BAD_OVERRIDES = [
  [{ minConnections: -1 }, /overrides\.minConnections must be a whole number, 0 or more; got -1/],
  [{ maxConnections: 0 }, /overrides\.maxConnections must be a whole number, 1 or more; got 0/],
  [{ minConnections: 3, maxConnections: 2 }, /overrides\.minConnections must be at most overrides\.maxConnections, which is 2; got 3/],
  [{ maxIdleTime: '5m' }, /overrides\.maxIdleTime must be a number of milliseconds/],
  [{ connectionTimeout: NaN }, /overrides\.connectionTimeout must be a number of milliseconds/],
  [{ healthCheckInterval: -1 }, /overrides\.healthCheckInterval must be a number of milliseconds/],
  [{ maxInstances: 3 }, /overrides must be an object with keys out of minConnections, maxConnections, .*; got "maxInstances"/],
  [null, /overrides must be an object; got null/],
];

for (const [overrides, message] of BAD_OVERRIDES) {
  test(`getPool('x', ${inspect(overrides)}): ${message.source}`, (t) => refused(t, () => new McpServerPools().getPool('x', overrides), message));
}

test('a server has one pool, and a name must be one', async (t) => {
  const pools = new McpServerPools();
  t.is(pools.getPool('x'), pools.getPool('x', { maxConnections: 4 }));
  t.not(pools.getPool('x'), pools.getPool('y'));
  t.deepEqual(Object.keys(pools.getPoolStats()), ['x', 'y']);
  refused(t, () => pools.getPool(''), /server must be a non-empty string/);
  t.is((await t.throwsAsync(pools.releaseConnection('x'))).code, 'ERR_INVALID_ARGUMENT');
});

test('a bad limit in the environment is told by the first who needs it', async (t) => {
  const { stdout, stderr } = await runNode(
    `const { MCPServerPool } = require('.');
     const tell = ({ code, message }) => console.log(code, message);
     const pool = new MCPServerPool({ command: 'true' });
     pool.getServer().catch(tell);`,
    { env: { MCP_MEMORY_LIMIT_MB: '512MB' } },
  );
  t.regex(stdout, /^ERR_CONFIG .*MCP_MEMORY_LIMIT_MB must be a number of megabytes above 0.*"512MB"/, stderr);
});
