// The same functions as `require('@ops/procman/mcp-helper')`, by explicit names.
import helper from './mcp-helper.js';

export const { callTool, callToolAsync, getActiveProcesses, getSemaphoreStatus } = helper;
