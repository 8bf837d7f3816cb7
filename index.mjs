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
  configure,
  shutdown,
  capabilities,
} = procman;
