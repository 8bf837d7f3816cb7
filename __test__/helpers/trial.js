'use strict';
// One stop of one tree of the adversary: what is wrong with its outcome, and everything that explains it, because no later run has the same race.
const { readFileSync, readdirSync } = require('node:fs');
const { killProcessTree } = require('../..');
const { Adversary } = require('./adversary.js');

/** Nothing is wrong. */
const faultless = (seed) => ({ seed, left: [], untold: [], wrong: 0, twice: 0 });

/** Grows the tree of a seed and stops it by us: the outcome, and the evidence as text. */
async function trial(seed, options) {
  const tree = await Adversary.start(seed);
  try {
    const before = tree.alive();
    const reachable = tree.reachable(before);
    const report = await killProcessTree(tree.pid, options);
    const after = tree.alive();
    const outcome = { seed, ...faults({ reachable, report, after }), wrong: tree.wrongKills() };
    return { outcome, evidence: evidence({ root: tree.pid, options, before, reachable, report, after }) };
  } finally {
    await tree.end();
  }
}

function faults({ reachable, report, after }) {
  const told = new Set([...report.refused, ...report.survivors.map(({ process }) => process)].map(({ pid }) => pid));
  const stopped = new Set(report.stopped.map(({ pid }) => pid));
  return {
    left: after.filter(among(reachable)).map(name),
    untold: after.filter(({ pid }) => !told.has(pid)).map(name),
    twice: report.forced.filter(({ pid }) => stopped.has(pid)).length,
  };
}

/** Who was there before and after, by lineage, threads and cgroups, and what the report said of whom. */
function evidence({ root, options, before, reachable, report, after }) {
  const account = {
    root,
    options,
    before: before.map(line),
    unreachable: pids(before.filter((one) => !among(reachable)(one))),
    after: after.map((one) => `${line(one)} threads ${threads(one)}`),
    stopped: pids(report.stopped),
    forced: pids(report.forced),
    survivors: report.survivors.map(({ process, reason }) => `${process.pid} ${process.state} parent ${process.ppid}: ${reason}`),
    refused: report.refused.map(({ pid, reason }) => `${pid} ${reason}`),
    durationMs: report.durationMs,
  };
  return JSON.stringify(account, null, 1);
}

const name = ({ pid, start }) => `${pid} ${start}`;
const pids = (processes) => processes.map(({ pid }) => pid);
const among = (processes) => (one) => processes.some((other) => name(other) === name(one));
const line = ({ pid, ppid, group, session, start, state }) => `${pid} ${state} parent ${ppid} group ${group} session ${session} start ${start}`;

/** Each thread with its cgroups: what a stop compares of those whom nothing leads to. */
function threads({ pid }) {
  try {
    const folder = `/proc/${pid}/task`;
    return readdirSync(folder).map((thread) => `${thread}=${readFileSync(`${folder}/${thread}/cgroup`, 'utf8').trim().split('\n')}`).join(' ');
  } catch ({ code }) {
    return code;
  }
}

module.exports = { trial, faultless };
