'use strict';
// The official SDK's stdio transport and ours, for tests that ask both the same.
const path = require('node:path');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const procman = require('../..');

const TRANSPORTS = { 'the SDK': StdioClientTransport, procman: procman.StdioTransport };
const PATIENCE_MS = 60_000;

/** Parameters of a server that does what its name says (`fixtures/stdio-script.js`). */
const script = (name, ...args) => ({ command: process.execPath, args: [path.join(__dirname, '..', 'fixtures', 'stdio-script.js'), name, ...args] });

/** Collects what a transport tells, and waits for it. It is closed when the test ends. */
function recorder(t, transport) {
  const told = { messages: [], errors: [], closes: 0 };
  const waiters = new Set();
  const check = () => waiters.forEach((waiter) => waiter());
  transport.onmessage = (message) => check(told.messages.push(message));
  transport.onerror = (error) => check(told.errors.push(error));
  transport.onclose = () => check((told.closes += 1));
  told.until = (condition) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`never told: ${condition}`)), PATIENCE_MS).unref();
      const waiter = () => {
        if (!condition(told)) return;
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve();
      };
      waiters.add(waiter);
      waiter();
    });
  t.teardown(() => transport.close());
  return told;
}

module.exports = { TRANSPORTS, recorder, script };
