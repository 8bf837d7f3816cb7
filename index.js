'use strict';

// The public surface, name by name. A part is loaded when one of its names is first read, so that requiring the package costs a
// program no more than it uses.
const parts = {
  errors: () => require('./lib/api/errors.js'),
  semaphore: () => require('./lib/api/semaphore.js'),
  mcpSemaphore: () => require('./lib/api/mcp-semaphore.js'),
  calls: () => require('./lib/api/calls.js'),
  callTool: () => require('./lib/api/call-tool.js'),
  servers: () => require('./lib/api/servers.js'),
  pool: () => require('./lib/api/pool/mcp-server-pool.js'),
  pools: () => require('./lib/api/pool/mcp-server-pools.js'),
  units: () => require('./lib/api/units.js'),
  processes: () => require('./lib/api/processes.js'),
  plans: () => require('./lib/api/plans.js'),
  cleanup: () => require('./lib/api/cleanup/process-cleanup.js'),
  monitor: () => require('./lib/api/monitor/process-monitor.js'),
  stdioTransport: () => require('./lib/api/transport/stdio-transport.js'),
  defaultEnvironment: () => require('./lib/api/transport/default-environment.js'),
  explain: () => require('./lib/api/explain.js'),
  sweep: () => require('./lib/api/sweep.js'),
  leftoverFiles: () => require('./lib/api/leftover-files.js'),
  lifecycle: () => require('./lib/api/lifecycle.js'),
};

const names = {
  ProcmanError: parts.errors,
  // semaphore
  Semaphore: parts.semaphore,
  mcpSemaphore: parts.mcpSemaphore,
  getSemaphoreStatus: parts.mcpSemaphore,
  // tool calls
  callTool: parts.callTool,
  callToolAsync: parts.calls,
  callToolRaw: parts.calls,
  request: parts.calls,
  listTools: parts.calls,
  listServers: parts.servers,
  configurationSources: parts.servers,
  closeServer: parts.servers,
  getActiveProcesses: parts.servers,
  // pools
  MCPServerPool: parts.pool,
  McpServerPools: parts.pools,
  pools: parts.pools,
  // units
  spawn: parts.units,
  // processes
  listProcesses: parts.processes,
  getDescendants: parts.processes,
  killProcessTree: parts.processes,
  killProcessGroup: parts.processes,
  planKill: parts.plans,
  executePlan: parts.plans,
  // cleanup and monitoring
  ProcessCleanup: parts.cleanup,
  cleanup: parts.cleanup,
  processCleanup: parts.cleanup,
  ProcessMonitor: parts.monitor,
  // for clients of the official SDK
  StdioTransport: parts.stdioTransport,
  getDefaultEnvironment: parts.defaultEnvironment,
  DEFAULT_INHERITED_ENV_VARS: parts.defaultEnvironment,
  explainProcess: parts.explain,
  // what dead hosts left, and files that nobody owns any more
  sweep: parts.sweep,
  sweepFiles: parts.leftoverFiles,
  saveProcessTree: parts.leftoverFiles,
  readProcessTrees: parts.leftoverFiles,
  // lifecycle
  configure: parts.lifecycle,
  shutdown: parts.lifecycle,
  capabilities: parts.lifecycle,
};

for (const [name, load] of Object.entries(names)) {
  /** A plain property from the first reading or writing on. */
  const become = (value) => Object.defineProperty(exports, name, { value, enumerable: true, configurable: true, writable: true });
  const get = () => become(load()[name])[name];
  Object.defineProperty(exports, name, { get, set: become, enumerable: true, configurable: true });
}
