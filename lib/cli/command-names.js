'use strict';

/** In the order of the help; each is a file of `commands/`. */
const COMMANDS = Object.freeze(['call', 'servers', 'tools', 'run', 'ps', 'top', 'tree', 'why', 'kill', 'pids', 'sweep', 'doctor']);

module.exports = { COMMANDS };
