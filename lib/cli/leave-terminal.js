'use strict';
// Node puts a terminal back into the modes that it found, whoever uses it when Node ends: a pager that outlives us in a pipeline would have to be
// read line by line, and a shell would lose the line that is being edited. It spares descriptors that were closed.

const { closeSync, readFileSync } = require('node:fs');
const { isatty } = require('node:tty');

/** Call it when everything is printed. */
function leaveTerminal() {
  if (isatty(1) && hasForeground()) return;
  for (const fd of [0, 1, 2]) if (isatty(fd)) closeSync(fd);
}

function hasForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // After the name: state, parent, group, session, terminal, foreground group.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    // Where there is no such file Node's own way has to do.
    return true;
  }
}

module.exports = { leaveTerminal };
