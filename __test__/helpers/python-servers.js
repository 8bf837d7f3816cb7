'use strict';
// MCP servers of PyPI, installed once into a virtual environment below `target/`.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root } = require('./programs.js');

const PACKAGES = ['mcp-server-time==2026.10.19', 'mcp-server-git==2026.10.19'];
const folder = path.join(root, 'target', 'python-servers');
/** Written last: without it the environment is half made. */
const done = path.join(folder, PACKAGES.join('+'));

const usable = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
const required = process.env.PROCMAN_TEST_PYTHON === 'required';

/** Why these servers cannot be tested here; undefined if they can. Where they must be tested, a missing Python fails the tests instead. */
const whyNot = usable || required ? undefined : 'python3 with venv is not installed (Debian: apt-get install python3-venv)';

/** Installs the servers, unless that was done. */
function install() {
  if (fs.existsSync(done)) return;
  fs.rmSync(folder, { recursive: true, force: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(path.join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES], { stdio: 'inherit' });
  fs.writeFileSync(done, '');
}

/** One of them as a configuration entry. */
const pythonServer = (name, ...args) => ({ command: path.join(folder, 'bin', name), args });

module.exports = { whyNot, install, pythonServer };
