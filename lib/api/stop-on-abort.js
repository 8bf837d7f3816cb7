'use strict';
// Units that end when a signal fires: one listener for all units of a signal, because Node warns of the eleventh.

/** Signal → how its units are stopped. An entry goes with its signal. */
const groups = new WeakMap();

/** Stops a running unit when the signal fires. */
function stopOnAbort(unit, signal) {
  const group = groups.get(signal) ?? open(signal);
  group.units.add(unit);
  unit.exited.then(() => {
    group.units.delete(unit);
    if (group.units.size === 0) close(signal, group);
  });
}

function open(signal) {
  const units = new Set();
  const group = { units, stop: () => units.forEach((unit) => unit.stop()) };
  groups.set(signal, group);
  signal.addEventListener('abort', group.stop, { once: true });
  return group;
}

/** A signal that outlives its units keeps nothing of them. */
function close(signal, group) {
  signal.removeEventListener('abort', group.stop);
  if (groups.get(signal) === group) groups.delete(signal);
}

module.exports = { stopOnAbort };
