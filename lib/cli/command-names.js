'use strict';

/** In the order of the help; each is a file of `commands/`. */
const COMMANDS = Object.freeze(['call', 'servers', 'tools', 'run', 'ps', 'top', 'tree', 'why', 'kill', 'health', 'monitor', 'pids', 'sweep', 'doctor']);

module.exports = { COMMANDS };
