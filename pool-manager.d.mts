export { MCPServerPool, McpServerPools, pools } from './index.js';
export type {
  GetServerOptions,
  MCPServer,
  MCPServerPoolOptions,
  PoolEvents,
  PoolOverrides,
  PoolStats,
} from './index.js';
