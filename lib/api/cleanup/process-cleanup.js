'use strict';
// Stops at intervals what is too old and held by nobody. Who that is, is the native part's to say; this class has the timer and the counts.

const { invalidArgument } = require('../errors.js');
const { tellGuardWarnings } = require('../guard-warnings.js');
const { hasLogger, say } = require('../log/logger.js');
const { stopLines } = require('../log/process-lines.js');
const { native } = require('../native.js');
const { askInParts } = require('../process-answers.js');
const { nonEmptyString } = require('../validate.js');
const { cleanupOptions, intervalFromEnvironment, maxAgeFromEnvironment } = require('./cleanup-options.js');

/** What setInterval can wait at most; more is for ever. */
const LONGEST_MS = 2 ** 31 - 1;

class ProcessCleanup {
  #options;
  /** While it runs: the times that it was started with, because the environment may change. */
  #running;
  #timer;
  /** A scan of the timer's; the next one waits for its turn. */
  #scanning = false;
  #stats = { scans: 0, killed: 0, errors: 0 };

  constructor(options) {
    this.#options = cleanupOptions(options);
  }

  /** Scans at intervals from now on. Idempotent; keeps no process alive. */
  start() {
    if (this.#running !== undefined) return;
    // What is wrong with them is better told now than to nobody at the first scan.
    this.#running = this.#times;
    const { interval } = this.#running;
    if (interval === 0 || interval > LONGEST_MS) return;
    this.#timer = setInterval(() => this.#tick(), interval);
    this.#timer.unref();
  }

  /** No more scans. Idempotent. */
  stop() {
    clearInterval(this.#timer);
    this.#running = undefined;
  }

  /** Stops what the scope has over age. */
  async scan() {
    return this.#scan(this.#running?.maxAge ?? this.#maxAge);
  }

  /** The same, whatever the age. */
  async cleanupAll() {
    return this.#scan(0);
  }

  /** Stops one process with everything below it, unless a rule protects it: then it is among `refused`. */
  async killProcess(pid, reason) {
    checkPid(pid);
    if (reason !== undefined) nonEmptyString('reason', reason);
    return this.#counted((token) => native().cleanupKill(pid, reason ?? 'killProcess()', this.#options.dryRun, token));
  }

  getStats() {
    return { isRunning: this.#running !== undefined, ...(this.#running ?? this.#times), stats: { ...this.#stats } };
  }

  get #times() {
    return { interval: this.#options.interval ?? intervalFromEnvironment(), maxAge: this.#maxAge };
  }

  get #maxAge() {
    return this.#options.maxAge ?? maxAgeFromEnvironment();
  }

  #tick() {
    if (this.#scanning) return;
    this.#scanning = true;
    // A failure is counted; the next scan may do better.
    this.scan().catch(() => {}).finally(() => (this.#scanning = false));
  }

  async #scan(maxAge) {
    const { scope, dryRun } = this.#options;
    this.#stats.scans += 1;
    return this.#counted((token) => native().cleanupScan(scope, maxAge, dryRun, token));
  }

  #done(report) {
    this.#stats.killed += report.stopped.length + report.forced.length;
    for (const [level, text] of hasLogger() ? stopLines(report) : []) say(level, `cleanup: ${text}`);
  }

  async #counted(send) {
    try {
      const report = await askInParts(send);
      if (!this.#options.dryRun) this.#done(report);
      this.#stats.errors += report.survivors.length;
      return report;
    } catch (error) {
      this.#stats.errors += 1;
      throw error;
    } finally {
      tellGuardWarnings();
    }
  }
}

/** Of one process: 0, 1 and negative numbers mean many or everybody. */
function checkPid(pid) {
  if (Number.isInteger(pid) && pid > 1 && pid < 2 ** 31) return;
  throw invalidArgument('pid', pid, 'the number of a process, above 1');
}

/** The one that servers start at their boot; `processCleanup` is the same. */
const cleanup = new ProcessCleanup();

module.exports = { ProcessCleanup, cleanup, processCleanup: cleanup };
