'use strict';
// Processes with a number of one's choice, as root of a pid namespace of one's own.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');

const LAST_PID = '/proc/sys/kernel/ns_last_pid';

function start() {
  return spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
}

/** Threads take numbers too, so one try may miss. The number must be nobody's group or session either. */
async function startAs(pid) {
  for (;;) {
    fs.writeFileSync(LAST_PID, String(pid - 1));
    const child = start();
    if (child.pid === pid) return child;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

module.exports = { start, startAs };
