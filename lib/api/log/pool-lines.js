'use strict';
// Events of pools as lines of a log. Pure. What servers wrote themselves is in none of them: it may hold secrets.

/** Event → level and text. What comes with every lease is left out. */
const LINES = {
  'server-created': ['debug', ({ instanceId, pid }) => `instance ${instanceId} serves (pid ${pid})`],
  'server-exited': ['warn', ({ instanceId, exitCode, signal, cause }) => `instance ${instanceId} ended with ${ending(exitCode, signal)} (cause: ${cause})`],
  'server-start-failed': ['warn', ({ error }) => `an instance could not be started: ${reason(error)}`],
  'server-restarted': ['info', ({ oldInstanceId, instanceId, cause }) => `instance ${instanceId} takes the place of ${oldInstanceId} (cause: ${cause})`],
  'server-retired': ['debug', ({ instanceId, cause }) => `instance ${instanceId} was stopped (cause: ${cause})`],
  'server-quarantined': ['error', ({ until, error }) => `no instance is started before ${new Date(until).toISOString()}: ${reason(error)}`],
  'memory-limit': ['warn', ({ instanceId, memoryMB, limitMB, leakMBPerMinute }) => `instance ${instanceId} uses ${memoryMB} of ${limitMB} MB${growth(leakMBPerMinute)}`],
  'pool-exhausted': ['warn', ({ waiting }) => `no instance came free in time; ${waiting} more callers wait`],
  'pool-shutdown': ['debug', () => 'shut down'],
};

/**
 * @param {string} pool its name
 * @param {string} event
 * @param {object} facts as the native part tells them
 * @returns {[level: string, text: string] | undefined}
 */
function poolLine(pool, event, facts) {
  if (!Object.hasOwn(LINES, event)) return undefined;
  const [level, text] = LINES[event];
  return [level, `pool '${pool}': ${text(facts)}`];
}

function ending(exitCode, signal) {
  if (signal !== null) return signal;
  return exitCode === null ? 'an unknown status' : `code ${exitCode}`;
}

/** An error that quotes its server is named by its facts alone. */
function reason({ code, message, details = {} }) {
  if (details.stderr === undefined) return `${code}: ${message}`;
  const { exitCode = null, signal = null } = details;
  return exitCode === null && signal === null ? code : `${code}, ${ending(exitCode, signal)}`;
}

const growth = (rate) => (rate === undefined ? '' : `, growing by ${rate} MB a minute`);

module.exports = { poolLine };
