'use strict';
// Whether a failed call of an HTTP server may be tried again, and when. Pure.
//
// | the request | rule `never-sent` | rule `annotated` |
// |---|---|---|
// | the server says that it has forgotten the session, so it did not run | at once, one time | at once, one time |
// | it never left (no connection), and the failure may pass | again | again |
// | the connection was lost with it in flight, or a gateway gave up | give up | again, if the tool says that it is idempotent or only reads |
// | anything else: answered, refused, timed out | give up | give up |

const FIRST_DELAY_MS = 1000;
const MOST_DOUBLINGS = 5;

const GIVE_UP = Object.freeze({ again: false });

/**
 * @param {{error: object, sent: boolean, expired: boolean}} failure
 * @param {{attempts: number, renewed: boolean}} past tries so far, this one included; whether the session was renewed already
 * @param {{maxRetries: number, annotated: boolean}} options
 * @param {number} jitter 0..1
 * @returns {{again: boolean, delayMs?: number, renew?: boolean, ifHarmless?: boolean}}
 */
function decide(failure, past, { maxRetries, annotated }, jitter) {
  if (failure.expired && !past.renewed) return { again: true, delayMs: 0, renew: true };
  const counted = past.attempts - (past.renewed ? 1 : 0);
  if (counted > maxRetries || !failure.error.retryable) return GIVE_UP;
  const delayMs = delay(counted, jitter);
  if (!failure.sent) return { again: true, delayMs };
  return annotated ? { again: true, delayMs, ifHarmless: true } : GIVE_UP;
}

/** 1 s, 2 s, 4 s, …, each up to a quarter shorter or longer; the same as for stdio servers. */
const delay = (attempts, jitter) => FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, MOST_DOUBLINGS) * (0.75 + jitter / 2);

module.exports = { decide };
