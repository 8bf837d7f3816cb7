'use strict';

/**
 * Several stops as one. A process that two of them reached is told once.
 * @param {import('../../index.js').StopReport[]} reports
 */
function mergeReports(reports) {
  const once = (key, pidOf) => [...new Map(reports.flatMap((report) => report[key]).map((entry) => [pidOf(entry), entry])).values()];
  const forced = once('forced', ({ pid }) => pid);
  const survivors = once('survivors', ({ process }) => process.pid);
  const stopped = without(once('stopped', ({ pid }) => pid), [forced]);
  // What one of them could not prove to be its own another one was named.
  const refused = without(once('refused', ({ pid }) => pid), [stopped, forced, survivors.map(({ process }) => process)]);
  return {
    stopped,
    forced,
    survivors,
    refused,
    durationMs: Math.max(0, ...reports.map(({ durationMs }) => durationMs)),
  };
}

/** Those of whom no other list tells. */
function without(entries, lists) {
  const told = new Set(lists.flat().map(({ pid }) => pid));
  return entries.filter(({ pid }) => !told.has(pid));
}

module.exports = { mergeReports };
