'use strict';
// Processes of this machine, ours and foreign: lists, trees, and the end of a tree.

const { ProcmanError, aborted, invalidArgument } = require('./errors.js');
const { native } = require('./native.js');
const { onAbort } = require('./on-abort.js');
const { askForProcesses } = require('./process-answers.js');
const { stopRequest } = require('./stop-request.js');
const { boolean, nonEmptyString, optionalObject, optionalSignal, wholeNumber } = require('./validate.js');

const MAX_PID = 0x7fffffff;

/** Every process that this user can see, or with `managed` those of this process's units. */
async function listProcesses(options = {}) {
  optionalObject('options', options);
  const managed = boolean('options.managed', options.managed, false);
  const signal = optionalSignal('options.signal', options.signal);
  return abortable('the list of processes', signal, () => askForProcesses((token) => native().processesList(managed, token)));
}

/** A process and everybody below it, itself first; empty when there is none. */
async function getDescendants(pid) {
  const number = wholeNumber('pid', pid, 1);
  if (number === undefined || number > MAX_PID) throw invalidArgument('pid', pid, 'the number of a process');
  return askForProcesses((token) => native().processesTree(number, token));
}

/** Stops a process with everybody that can be proved to belong to it. Resolves when it is over. */
async function killProcessTree(target, options = {}) {
  const identity = identityOf(target);
  return stop({ group: false, ...identity }, options, `the stop of process ${identity.pid}`);
}

/** Stops the members of a process group. Resolves when it is over. */
async function killProcessGroup(pgid, options = {}) {
  const pid = wholePid('pgid', pgid);
  return stop({ group: true, pid, startToken: '', bootId: '' }, options, `the stop of group ${pid}`);
}

const stop = (target, options, what) => stopRequest(what, options, (parts, token) => native().processesStop(target, parts, token));

/** Rejects when the signal fires; the work behind it has no effect and ends by itself. */
async function abortable(what, signal, work) {
  if (signal === undefined) return work();
  if (signal.aborted) throw aborted(what, signal);
  return new Promise((resolve, reject) => {
    const leave = onAbort(signal, () => reject(aborted(what, signal)));
    work().then(resolve, reject).finally(leave);
  });
}

function identityOf(target) {
  if (typeof target === 'number') return { pid: wholePid('target', target), startToken: '', bootId: '' };
  if (target === null || typeof target !== 'object') {
    throw invalidArgument('target', target, 'a process id, or an identity { pid, startToken, bootId }');
  }
  return {
    pid: wholePid('target.pid', target.pid),
    startToken: nonEmptyString('target.startToken', target.startToken),
    bootId: nonEmptyString('target.bootId', target.bootId),
  };
}

/** Below 2 a number means init, a group, or everybody: never one process. */
function wholePid(name, pid) {
  if (!Number.isInteger(pid) || pid > MAX_PID) throw invalidArgument(name, pid, 'a whole number above 1');
  if (pid > 1) return pid;
  throw new ProcmanError('ERR_KILL_REFUSED', `${name} is ${pid}, which is no single process that could be stopped; name one above 1`, {
    details: { pid, argument: name },
  });
}

module.exports = { listProcesses, getDescendants, killProcessTree, killProcessGroup };
