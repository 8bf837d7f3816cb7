'use strict';
// Files that outlive their owners: lists of pids, and sockets of MCP servers.

const { existsSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { invalidArgument, unwrap } = require('./errors.js');
const { native } = require('./native.js');
const { askInParts } = require('./process-answers.js');
const { boolean, nonEmptyString, optionalObject, wholeNumber } = require('./validate.js');

/** Appends a process to services.pids, .groups and .services. */
async function saveProcessTree(serviceName, pid, pidsFile) {
  nonEmptyString('serviceName', serviceName);
  wholeNumber('pid', pid, 2);
  unwrap(native().recordProcess(absolute('pidsFile', pidsFile), serviceName, pid));
}

/** What such a list says, and who has the numbers now. */
async function readProcessTrees(pidsFile) {
  const list = absolute('pidsFile', pidsFile);
  return askInParts((token) => native().recordedProcesses(list, token));
}

/** Removes sockets and lists of pids that are provably nobody's. */
async function sweepFiles(options = {}) {
  optionalObject('options', options);
  const folders = paths('options.folders', options.folders, usualFolders);
  const lists = paths('options.pidsFiles', options.pidsFiles, () => []);
  const dryRun = boolean('options.dryRun', options.dryRun, false);
  return askInParts((token) => native().sweepFiles(folders, lists, dryRun, token));
}

/** Where servers put their sockets if nobody says otherwise. */
function usualFolders() {
  return [...new Set([tmpdir(), process.env.XDG_RUNTIME_DIR])].filter((folder) => folder && existsSync(folder));
}

function paths(name, value, fallback) {
  if (value === undefined) return fallback();
  if (!Array.isArray(value)) throw invalidArgument(name, value, 'an array of paths');
  return value.map((entry, index) => absolute(`${name}[${index}]`, entry));
}

const absolute = (name, value) => path.resolve(nonEmptyString(name, value));

module.exports = { saveProcessTree, readProcessTrees, sweepFiles };
