// The same objects as `require('@ops/procman')`, by explicit names.
import procman from './index.js';

export const {
  ProcmanError,
  Semaphore,
  mcpSemaphore,
  getSemaphoreStatus,
  callTool,
  callToolAsync,
  callToolRaw,
  request,
  listTools,
  listServers,
  configurationSources,
  closeServer,
  getActiveProcesses,
  MCPServerPool,
  McpServerPools,
  pools,
  spawn,
  StdioTransport,
  getDefaultEnvironment,
  DEFAULT_INHERITED_ENV_VARS,
  configure,
  shutdown,
  capabilities,
} = procman;
