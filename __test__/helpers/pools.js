'use strict';
// Pools for tests: what they emit, and servers that log their starts.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { MCPServerPool } = require('../..');
const { standIn } = require('./programs.js');

/** A pool that ends with its test; of stand-in servers unless told otherwise. */
function poolOf(t, options = {}) {
  const what = options.command === undefined && options.server === undefined ? standIn() : {};
  const pool = new MCPServerPool({ graceMs: 0, ...what, ...options });
  t.teardown(() => pool.shutdown());
  return pool;
}

/** The next event of a pool or lease; what happened before does not count. */
const next = async (emitter, event) => (await once(emitter, event))[0];

/** The text of a tool's result. */
const textOf = (result) => result.content[0].text;

/** Asks until the server answers with what was wanted; each answer is one round trip, so this waits for messages and not for time. */
async function until(server, tool, wanted) {
  let answer;
  do answer = textOf(await server.callTool(tool));
  while (answer !== String(wanted));
}

/** A folder of one test file, with the stand-in server logging its starts into it. */
function startLog() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-pool-'));
  const file = (name) => path.join(folder, name);
  return {
    file,
    server: (name, env = {}) => standIn({ ...env, START_LOG: file(name) }),
    /** The pids of all starts, oldest first. */
    starts: (name) => fs.readFileSync(file(name), 'utf8').trim().split('\n').map(Number),
    remove: () => fs.rmSync(folder, { recursive: true }),
  };
}

module.exports = { poolOf, next, textOf, until, startLog };
