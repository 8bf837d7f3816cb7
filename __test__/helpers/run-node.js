'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/** Runs a script in a Node of its own; resolves with how it ended. Killed when it outlives `timeout` ms. `before`: words in front of the command. */
function runNode(script, { env = {}, timeout = 30_000, before = [], cwd = root } = {}) {
  const [command, ...args] = [...before, process.execPath, '-e', script];
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** For `before`: a shell that lowers a limit of its own, such as `-n 200`. */
const limited = (limit) => ['sh', '-c', `ulimit ${limit} && exec "$@"`, 'sh'];

module.exports = { root, runNode, limited };
