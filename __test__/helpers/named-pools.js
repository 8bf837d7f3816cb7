'use strict';
// Hosts that use `pools` and callToolAsync() beside one another.
const { runNode } = require('./run-node.js');

const FAILING = "{ command: 'sh', args: ['-c', 'exit 1'] }";

/** Runs `main` in a host of its own, with `s` and `other` configured; what it told, as JSON. */
async function told(main, options) {
  const { stdout, stderr, code, signal } = await runNode(
    `const { once } = require('node:events');
     const { Worker } = require('node:worker_threads');
     const { callTool, callToolAsync, closeServer, configure, McpServerPools, MCPServerPool, pools, shutdown } = require('.');
     const { standIn } = require('./__test__/helpers/programs.js');
     const { isAlive } = require('./__test__/helpers/kernel.js');
     const open = (servers) => configure({ servers: { s: standIn(), other: standIn(), failing: ${FAILING}, ...servers } });
     const next = async (emitter, event) => (await once(emitter, event))[0];
     const tell = (what) => console.log(JSON.stringify(what));
     /** A thread that lives until it is terminated, when it has said the first word. */
     const thread = async (body) => {
       const worker = new Worker(\`
         const { parentPort } = require('node:worker_threads');
         const { once } = require('node:events');
         const { callToolAsync, configure, pools, shutdown } = require('.');
         setInterval(() => {}, 1e6);
         (async () => { \${body} })();\`, { eval: true });
       await once(worker, 'message');
       return worker;
     };
     (async () => { ${main} })();`,
    options,
  );
  if (code !== 0 || signal !== null || stdout === '') throw new Error(`${code} ${signal} ${stderr}`);
  return JSON.parse(stdout);
}

module.exports = { told };
