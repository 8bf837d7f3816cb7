'use strict';
// The HTTP fixture as a process of its own: a thread that blocks in callTool cannot serve at the same time.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { root } = require('./programs.js');

/** Resolves to its URLs and controls; ends with `stop()`, or with this process. */
async function httpFixture() {
  const child = spawn(process.execPath, [path.join(root, '__test__', 'fixtures', 'http-server.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const origin = `http://127.0.0.1:${line.trim()}`;
  const post = async (where, what) => (await fetch(`${origin}${where}`, { method: 'POST', body: JSON.stringify(what) })).json();
  return {
    origin,
    port: Number(line),
    url: (name) => `${origin}/${name}`,
    control: (what = {}) => post('/control', what),
    authorization: (what = {}) => post('/oauth-control', what),
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

module.exports = { httpFixture };
