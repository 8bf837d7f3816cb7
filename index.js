'use strict';

// The public surface, name by name: Node finds the names for ESM importers in this literal.
const { ProcmanError } = require('./lib/api/errors.js');
const { Semaphore } = require('./lib/api/semaphore.js');
const { mcpSemaphore, getSemaphoreStatus } = require('./lib/api/mcp-semaphore.js');

module.exports = {
  // errors
  ProcmanError,
  // semaphore
  Semaphore,
  mcpSemaphore,
  getSemaphoreStatus,
};
