'use strict';

const { getMaxListeners, setMaxListeners } = require('node:events');

/** By signal: the limit that this module left it with, for as long as nobody else sets another. */
const allowances = new WeakMap();

/**
 * Tells of the abort of a signal that is the caller's own. One signal for many calls is no leak, so its limit of listeners is one more for
 * as long as this listens, and no more than that: what else its owner forgets there is still warned of. A limit that its owner sets
 * meanwhile stays as it is.
 * @param {AbortSignal} signal not aborted yet
 * @param {() => void} listener
 * @returns {() => void} listens no longer; may be called more than once
 */
function onAbort(signal, listener) {
  let listening = true;
  const end = () => {
    listening = false;
    takeBack(signal, allowance);
  };
  const leave = () => {
    if (!listening) return;
    signal.removeEventListener('abort', heard);
    end();
  };
  const heard = () => {
    if (!listening) return;
    // `once` has removed it. To ask for it again would look through all the others; only signals of another make may not keep to `once`.
    if (signal instanceof EventTarget) end();
    else leave();
    listener();
  };
  const allowance = allowOneMore(signal);
  signal.addEventListener('abort', heard, { once: true });
  return leave;
}

function allowOneMore(signal) {
  const limit = limitOf(signal);
  if (limit === 0) return undefined;
  let allowance = allowances.get(signal);
  if (allowance?.limit !== limit) allowances.set(signal, (allowance = { limit }));
  setLimit(signal, allowance, limit + 1);
  return allowance;
}

function takeBack(signal, allowance) {
  if (allowance === undefined || allowances.get(signal) !== allowance) return;
  if (limitOf(signal) === allowance.limit) setLimit(signal, allowance, allowance.limit - 1);
}

function setLimit(signal, allowance, limit) {
  setMaxListeners(limit, signal);
  allowance.limit = limit;
}

/** 0: none. Node 20 throws then, as for what is no EventTarget of its own. */
function limitOf(signal) {
  try {
    return getMaxListeners(signal);
  } catch {
    return 0;
  }
}

module.exports = { onAbort };
