'use strict';

const { mergeReports } = require('./merge-reports.js');
const { printStop } = require('./stop-report.js');

/**
 * Several stops at once, as one report. It waits for all of them whatever becomes of one: until the last is over signals must be heard, and whoever was
 * stopped must be told.
 * @template {number | import('../../index.js').ProcessIdentity} T
 * @param {T[]} named each is stopped once
 * @param {(target: T) => Promise<import('../../index.js').StopReport>} stopOne
 * @param {{terminal: import('./terminal.js').Terminal, dryRun: boolean}} options
 */
async function stopEach(named, stopOne, { terminal, dryRun }) {
  const targets = [...new Map(named.map((target) => [target.pid ?? target, target])).values()];
  const ends = await Promise.allSettled(targets.map(stopOne));
  const isFailure = ({ status, reason }) => status === 'rejected' && reason.code !== 'ERR_KILL_REFUSED';
  const failure = ends.find(isFailure)?.reason;
  const report = mergeReports(ends.map((end, index) => end.value ?? refusedOnly(isFailure(end) ? [] : [refusalOf(targets[index], end.reason)])));
  if (failure === undefined) return report;
  if (isEmpty(report)) throw failure;
  if (!terminal.json) await printStop(report, { terminal, dryRun });
  throw Object.assign(failure, { details: { ...failure.details, report } });
}

/** The rule, as reports name it; a number that means many has none. */
const refusalOf = (target, { message, details }) => ({ pid: target.pid ?? target, reason: details?.rule ?? message });

const refusedOnly = (refused) => ({ stopped: [], forced: [], survivors: [], refused, durationMs: 0 });

const isEmpty = ({ stopped, forced, survivors, refused }) => [stopped, forced, survivors, refused].every((list) => list.length === 0);

module.exports = { stopEach };
