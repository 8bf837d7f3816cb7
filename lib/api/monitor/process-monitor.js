'use strict';
// Watches the processes of the machine by rules. The watching is native; this class tells what it sees.

const { EventEmitter } = require('node:events');
const { tellGuardWarnings } = require('../guard-warnings.js');
const { unwrap } = require('../errors.js');
const { hasLogger, say } = require('../log/logger.js');
const { monitorLines } = require('../log/process-lines.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');
const { askInParts, parseWithBytes } = require('../process-answers.js');
const settings = require('../settings.js');
const { boolean } = require('../validate.js');
const { monitorOptions, nativeOptions } = require('./monitor-options.js');

/** Monitors by the number of their native part, and those that check. */
const monitors = new Map();

mailbox.onLetter('monitorEvent', (letters, at) => {
  const { event, data } = parseWithBytes(letters[at + 1]);
  for (const [level, text] of hasLogger() ? monitorLines(event, data) : []) say(level, text);
  monitors.get(letters[at])?.emit(event, data);
  if (event === 'stopped') tellGuardWarnings();
});

class ProcessMonitor extends EventEmitter {
  #options;
  #number;
  /** shutdown() ends the native part. */
  #era;

  constructor(options) {
    super();
    this.#options = monitorOptions(options);
  }

  /** Samples at intervals from now on. Idempotent; keeps no process alive. */
  start() {
    if (this.#number !== undefined && this.#era === settings.era()) return;
    this.stop();
    this.#era = settings.era();
    mailbox.open();
    this.#number = unwrap(native().monitorStart(nativeOptions(this.#options)));
    monitors.set(this.#number, this);
  }

  /** No more samples. Idempotent. */
  stop() {
    if (this.#number === undefined) return;
    native().monitorStop(this.#number);
    monitors.delete(this.#number);
    this.#number = undefined;
  }

  /** One pass that samples for as long as its rules must hold; quick: one sample, and nothing is done. */
  async check({ quick } = {}) {
    boolean('options.quick', quick, false);
    const options = nativeOptions(this.#options);
    let number;
    try {
      return await askInParts((token) => {
        const checking = native().monitorCheck(options, quick === true, token);
        number = unwrap(checking);
        monitors.set(number, this);
        return checking;
      });
    } finally {
      monitors.delete(number);
      tellGuardWarnings();
    }
  }
}

module.exports = { ProcessMonitor };
