'use strict';
// Bytes, times and shares as people read them: at most five or six characters.

const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'];
const STEP = 1024;

/** 1536 is `1.5K`; three digits at most. */
function formatBytes(bytes) {
  let [value, unit] = [bytes, 0];
  // What would be printed as 1024 is one of the next.
  while (Math.round(value) >= STEP && unit < UNITS.length - 1) [value, unit] = [value / STEP, unit + 1];
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0);
  return `${digits}${UNITS[unit]}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The two largest parts: `3d 4h`, `5m 12s`, `42s`. */
function formatDuration(ms) {
  const time = Math.max(0, ms);
  if (time < SECOND) return `${Math.floor(time)}ms`;
  if (time < MINUTE) return `${Math.floor(time / SECOND)}s`;
  if (time < HOUR) return two(time, MINUTE, 'm', SECOND, 's');
  return time < DAY ? two(time, HOUR, 'h', MINUTE, 'm') : two(time, DAY, 'd', HOUR, 'h');
}

function two(time, large, largeName, small, smallName) {
  const rest = Math.floor((time % large) / small);
  return `${Math.floor(time / large)}${largeName}${rest === 0 ? '' : ` ${rest}${smallName}`}`;
}

const FACTORS = Object.freeze({ ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY });

/** `15s`, `500ms`, `2m`, `1.5h`; a bare number is milliseconds. `undefined` for anything else. */
function parseDuration(text) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * FACTORS[match[2] ?? 'ms'];
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined;
}

/** Of one core. */
const formatPercent = (percent) => (percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0));

module.exports = { formatBytes, formatDuration, formatPercent, parseDuration };
