'use strict';
// Programs that tests run: small, real, and ended by whoever starts them.
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
/** Built by `cargo test`, which is the first half of `npm test`. */
const example = (name) => path.join(root, 'target', 'debug', 'examples', name);

/** A tree that is hard to kill: a double-forked member in a session of its own, one that ignores SIGTERM, one in the foreground. */
const stubbornTree = () => [
  'sh',
  [
    '-c',
    `(setsid sh -c 'trap "" TERM HUP INT; echo hidden >/dev/null; while :; do sleep 1000; done' >/dev/null 2>&1 &)
     sh -c 'trap "" TERM; while :; do sleep 1000; done' >/dev/null 2>&1 &
     echo ready
     trap "" TERM
     while :; do sleep 1000; done`,
  ],
];

/** The native echo server as a configuration entry. */
const echoServer = () => ({ command: example('echo_server') });

/** The JavaScript server of the fixtures: it fails, holds and reports as its tools are called. */
const standIn = (env) => ({ command: process.execPath, args: [path.join(root, '__test__', 'fixtures', 'mcp-server.js')], env });

/** A server of the registry, run by this Node. */
const registryServer = (name, ...args) => ({
  command: process.execPath,
  args: [path.join(root, 'node_modules', '@modelcontextprotocol', name, 'dist', 'index.js'), ...args],
});

module.exports = { root, example, stubbornTree, echoServer, standIn, registryServer };
