'use strict';

/**
 * Several stops as one. A process that two of them reached is told once.
 * @param {import('../../index.js').StopReport[]} reports
 */
function mergeReports(reports) {
  const once = (key, pidOf) => [...new Map(reports.flatMap((report) => report[key]).map((entry) => [pidOf(entry), entry])).values()];
  return {
    stopped: once('stopped', ({ pid }) => pid),
    forced: once('forced', ({ pid }) => pid),
    survivors: once('survivors', ({ process }) => process.pid),
    refused: once('refused', ({ pid }) => pid),
    durationMs: Math.max(0, ...reports.map(({ durationMs }) => durationMs)),
  };
}

module.exports = { mergeReports };
