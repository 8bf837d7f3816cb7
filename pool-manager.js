'use strict';

// `require('@ops/procman/pool-manager')`: the pools under the names that servers import.
const { MCPServerPool, McpServerPools, pools } = require('./index.js');

module.exports = { MCPServerPool, McpServerPools, pools };
