'use strict';
// The process's pools by the name of their server: those behind callToolAsync, whoever made them and on whatever thread. Looking makes none.

const { native } = require('../native.js');
const settings = require('../settings.js');

/** Number → name. Of those that ended too: their last events come afterwards. */
const names = new Map();

/** Those that exist. None for a thread that was shut down: what there still is belongs to others, or is about to go. */
function namedPools() {
  if (settings.isClosed()) return [];
  const found = JSON.parse(native().poolsNamed());
  for (const { name, pool } of found) names.set(pool, name);
  return found;
}

/** The servers of the calls that hold a slot: each has a pool, or gets one. */
const calledServers = () => JSON.parse(native().callsActive()).flatMap(({ server, transport }) => (transport === 'stdio' ? [server] : []));

/** The number of the pool of a name; 0: there is none yet. */
const numberOf = (name) => namedPools().find((found) => found.name === name)?.pool ?? 0;

/** The name of a pool; undefined: it is somebody's own. */
function nameOf(number) {
  if (!names.has(number)) namedPools();
  return names.get(number);
}

module.exports = { calledServers, namedPools, numberOf, nameOf };
