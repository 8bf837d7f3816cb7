'use strict';

const { getMaxListeners, setMaxListeners } = require('node:events');

/**
 * Tells of the abort of a signal that is the caller's own. One signal for many calls is no leak, so its limit of listeners is one more for
 * as long as this listens, and no more than that: what else its owner forgets there is still warned of.
 * @param {AbortSignal} signal not aborted yet
 * @param {() => void} listener
 * @returns {() => void} listens no longer; may be called more than once
 */
function onAbort(signal, listener) {
  let listening = true;
  const leave = () => {
    if (!listening) return;
    listening = false;
    signal.removeEventListener('abort', heard);
    allow(signal, -1);
  };
  const heard = () => {
    leave();
    listener();
  };
  allow(signal, 1);
  signal.addEventListener('abort', heard, { once: true });
  return leave;
}

function allow(signal, more) {
  const limit = limitOf(signal);
  if (limit > 0) setMaxListeners(Math.max(limit + more, 1), signal);
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
