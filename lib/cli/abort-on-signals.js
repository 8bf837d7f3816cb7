'use strict';

const { setMaxListeners } = require('node:events');
const { exitCodeOfSignal } = require('./exit-codes.js');
const { onSignals } = require('./on-signals.js');

/**
 * An AbortSignal that fires when this process is asked to end; the exit status is then the signal's.
 * @param {{signals: NodeJS.EventEmitter, exitCode: number}} context
 */
function abortOnSignals(context) {
  const controller = new AbortController();
  // Each of the stops that a command was asked for listens; Node would take the eleventh for a leak.
  setMaxListeners(0, controller.signal);
  const signals = onSignals(context.signals, (signal) => {
    context.exitCode = exitCodeOfSignal(signal);
    controller.abort();
  });
  return { signal: controller.signal, dispose: () => signals.dispose() };
}

module.exports = { abortOnSignals };
