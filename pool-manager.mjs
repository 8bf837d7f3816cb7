// The same objects as `require('@ops/procman/pool-manager')`, by explicit names.
import manager from './pool-manager.js';

export const { MCPServerPool, McpServerPools, pools } = manager;
