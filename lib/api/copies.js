'use strict';
// Which copies of this package the thread's programs have loaded, so that a second one is told: it has an engine, a guard and a limit of calls
// of its own. The same file is the same copy, however often its JavaScript is loaded.

const fs = require('node:fs');
const path = require('node:path');
const { warn } = require('./log/logger.js');

/** All copies know this name. */
const REGISTRY = Symbol.for('@ops/procman.copies');

/** A native part was loaded from this file. */
function loadedFrom(addon) {
  const copies = registry();
  const identity = identityOf(addon);
  if (copies.has(identity)) return;
  copies.set(identity, path.dirname(addon));
  if (copies.size !== 2) return;
  const [first, second] = copies.values();
  warn(
    `two copies of @ops/procman run in this process, from ${first} and ${second}: each has a guard, a limit of calls and warm servers of its own, ` +
      'and configure() and shutdown() of one do not reach the other; make one of them (npm dedupe, or one version in all package.json files)',
  );
}

function registry() {
  if (globalThis[REGISTRY] === undefined) Object.defineProperty(globalThis, REGISTRY, { value: new Map() });
  return globalThis[REGISTRY];
}

/** The system loads a file once, whatever its names are. */
function identityOf(addon) {
  const { dev, ino } = fs.statSync(addon, { bigint: true });
  return `${dev}:${ino}`;
}

module.exports = { loadedFrom };
