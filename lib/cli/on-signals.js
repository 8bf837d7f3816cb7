'use strict';
// The signals that ask this process to end. They are handled while a command runs and not longer.

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Calls `listener(signal)` for each of them until disposed.
 * @param {NodeJS.EventEmitter} emitter
 */
function onSignals(emitter, listener) {
  for (const signal of ENDING) emitter.on(signal, listener);
  return {
    dispose() {
      for (const signal of ENDING) emitter.off(signal, listener);
    },
  };
}

module.exports = { onSignals };
