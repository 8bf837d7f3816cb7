'use strict';
// Why a process is there: who started it, what it belongs to, and whether it may be stopped.

const { invalidArgument } = require('./errors.js');
const { native } = require('./native.js');
const { askInParts } = require('./process-answers.js');
const { optionalObject } = require('./validate.js');

const LARGEST_PID = 0x7fffffff;
const LARGEST_PORT = 0xffff;

/** Everybody who is meant by `{ pid }` or `{ port }`; nobody is an empty list. */
async function explainProcess(target) {
  optionalObject('target', target);
  const { pid, port } = target ?? {};
  if ((pid === undefined) === (port === undefined)) throw invalidArgument('target', target, '{ pid } or { port }');
  return pid === undefined ? askPort(within('target.port', port, LARGEST_PORT)) : askPid(within('target.pid', pid, LARGEST_PID));
}

const askPid = (pid) => askInParts((token) => native().explainPid(pid, token));
const askPort = (port) => askInParts((token) => native().explainPort(port, token));

function within(name, value, most) {
  if (!Number.isInteger(value) || value < 1 || value > most) throw invalidArgument(name, value, `a whole number from 1 to ${most}`);
  return value;
}

module.exports = { explainProcess };
