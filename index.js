'use strict';

// The public surface, name by name: Node finds the names for ESM importers in this literal.
const { ProcmanError } = require('./lib/api/errors.js');
const { Semaphore } = require('./lib/api/semaphore.js');
const { mcpSemaphore, getSemaphoreStatus } = require('./lib/api/mcp-semaphore.js');
const { callToolAsync, callToolRaw, request, listTools } = require('./lib/api/calls.js');
const { callTool } = require('./lib/api/call-tool.js');
const { listServers, configurationSources, closeServer, getActiveProcesses } = require('./lib/api/servers.js');
const { spawn } = require('./lib/api/units.js');
const { StdioTransport } = require('./lib/api/transport/stdio-transport.js');
const { DEFAULT_INHERITED_ENV_VARS, getDefaultEnvironment } = require('./lib/api/transport/default-environment.js');
const { configure, shutdown, capabilities } = require('./lib/api/lifecycle.js');

module.exports = {
  // errors
  ProcmanError,
  // semaphore
  Semaphore,
  mcpSemaphore,
  getSemaphoreStatus,
  // tool calls
  callTool,
  callToolAsync,
  callToolRaw,
  request,
  listTools,
  listServers,
  configurationSources,
  closeServer,
  getActiveProcesses,
  // units
  spawn,
  // for clients of the official SDK
  StdioTransport,
  getDefaultEnvironment,
  DEFAULT_INHERITED_ENV_VARS,
  // lifecycle
  configure,
  shutdown,
  capabilities,
};

// Loaded when somebody reads them: a program that only calls tools starts sooner without.
lazily('MCPServerPool', () => require('./lib/api/pool/mcp-server-pool.js'));
lazily('McpServerPools', () => require('./lib/api/pool/mcp-server-pools.js'));
lazily('pools', () => require('./lib/api/pool/mcp-server-pools.js'));

function lazily(name, load) {
  Object.defineProperty(module.exports, name, { enumerable: true, get: () => load()[name] });
}
