export { callTool, callToolAsync, getActiveProcesses, getSemaphoreStatus } from './index.js';
