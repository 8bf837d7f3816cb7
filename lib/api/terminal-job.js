'use strict';
// A command that shares this process's terminal, as the shell's job control sees the two. Who has the terminal is the guard's business.

const mailbox = require('./mailbox.js');
const { native } = require('./native.js');
const { boolean } = require('./validate.js');

/** Units with a group of their own on the terminal. */
const followed = new Set();

mailbox.onLetter('unitStopped', (letters, at) => suspend(letters[at]));

/** How a unit shares the terminal: '' where there is none to share, and in workers, which hear no signals. */
function modeFor(wanted, [stdin]) {
  if (!boolean('options.terminal', wanted, false) || stdin !== 'inherit') return '';
  // Loaded late: they cost milliseconds, and most programs never share their terminal.
  const { isMainThread } = require('node:worker_threads');
  const { isatty } = require('node:tty');
  if (!isMainThread || !isatty(0) || !native().stdinIsControllingTerminal()) return '';
  // A neighbour in the pipeline, such as a pager, may want the terminal: then all share one group, as without us.
  return isatty(1) ? 'foreground' : 'job';
}

/** Passes on a stop that reached us in its place: the shell had given us the terminal and could not know of the command. */
function follow(unit) {
  if (followed.size === 0) process.on('SIGTSTP', stopCommands);
  followed.add(unit);
  void unit.exited.then(() => {
    followed.delete(unit);
    native().terminalTakeBack(unit.pid);
    if (followed.size === 0) process.off('SIGTSTP', stopCommands);
  });
}

/** Each says by a letter that it was stopped. */
function stopCommands() {
  for (const unit of followed) unit.kill('SIGTSTP');
}

/** The command was stopped, so its job is: this process and its neighbours. Goes on when the shell continues them. */
function suspend(number) {
  process.off('SIGTSTP', stopCommands);
  // Returns when we were continued; at once where no shell could do that, since the kernel does not stop an orphaned group then.
  process.kill(0, 'SIGTSTP');
  if (followed.size > 0) process.on('SIGTSTP', stopCommands);
  native().unitContinue(number);
}

module.exports = { modeFor, follow };
