'use strict';

/**
 * A plan of exactly those who exceed a limit. Whoever carries it out looks again at each: who is gone, is another one by now, or is protected, is refused.
 * @param {import('../../index.js').ExceededLimit[]} exceeded
 * @returns {import('../../index.js').KillPlan}
 */
function planOfExceeded(exceeded, now = new Date()) {
  const targets = new Map();
  for (const { rule, process, ...facts } of exceeded) {
    const known = targets.get(process.pid) ?? { process, rule, reasons: [] };
    known.reasons.push(reasonOf(facts));
    targets.set(process.pid, known);
  }
  return { createdAt: now.toISOString(), bootId: exceeded[0]?.process.bootId ?? '', targets: [...targets.values()], refused: [] };
}

const UNITS = Object.freeze({ memory: 'MB', cpu: '% of a core', age: 'ms' });

const reasonOf = ({ measure, value, limit }) => `${measure} ${Math.round(value)} ${UNITS[measure]}, the limit is ${limit}`;

module.exports = { planOfExceeded, reasonOf };
