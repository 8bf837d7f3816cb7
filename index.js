'use strict';

const { ProcmanError } = require('./lib/api/errors.js');
const { Semaphore } = require('./lib/api/semaphore.js');
const { mcpSemaphore } = require('./lib/api/mcp-semaphore.js');
const { callToolAsync, callToolRaw, request, listTools } = require('./lib/api/calls.js');
const { callTool } = require('./lib/api/call-tool.js');
const { listServers, closeServer, getActiveProcesses } = require('./lib/api/servers.js');
const { spawn } = require('./lib/api/units.js');
const { configure, shutdown, capabilities } = require('./lib/api/lifecycle.js');

const getSemaphoreStatus = () => mcpSemaphore.getStatus();

module.exports = {
  ProcmanError,
  Semaphore,
  mcpSemaphore,
  callTool,
  callToolAsync,
  callToolRaw,
  request,
  listTools,
  listServers,
  closeServer,
  getSemaphoreStatus,
  getActiveProcesses,
  spawn,
  configure,
  shutdown,
  capabilities,
};
