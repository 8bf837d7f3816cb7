'use strict';

/** In the order of the help; each is a file of `commands/`. */
const COMMANDS = Object.freeze(['call', 'servers', 'tools', 'run', 'ps', 'top', 'tree', 'why', 'kill', 'health', 'monitor', 'pids', 'sweep', 'doctor']);

/** The word that names the command: the first one behind options that may stand before it. */
function commandOf(argv) {
  let at = 0;
  while (argv[at]?.startsWith('-')) at += argv[at] === '--config' ? 2 : 1;
  return argv[at];
}

module.exports = { COMMANDS, commandOf };
