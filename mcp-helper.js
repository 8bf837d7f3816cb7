'use strict';

// `require('@ops/procman/mcp-helper')`: the tool calls under the names that servers import.
const { callTool, callToolAsync, getActiveProcesses, getSemaphoreStatus } = require('./index.js');

module.exports = { callTool, callToolAsync, getActiveProcesses, getSemaphoreStatus };
