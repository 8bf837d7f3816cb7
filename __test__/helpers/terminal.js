'use strict';
// A person at a terminal: types, reads, and never guesses a time.
const { execFileSync, spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { gone } = require('./kernel.js');
const { root } = require('./programs.js');

const processes = import('../../scripts/processes.mjs');

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';
const CTRL_D = '\x04';
/** Nothing here takes longer, unless it is broken. */
const PATIENCE_MS = 60_000;

/** What is typed is shown too: the shell is told in other words. */
const PROMPT = 'ready> ';

class TerminalSession {
  #driver;
  #pending = '';
  #wake = () => {};
  /** Everything that was shown. */
  screen = '';

  /** Starts a command as the leader of a session with a terminal of its own. */
  static async start(command, args, { env } = {}) {
    const session = new TerminalSession(command, args, env);
    session.path = (await session.expect(/^(\/dev\/\S+)\r?\n/))[1];
    return session;
  }

  /** Starts an interactive shell whose prompt is known. */
  static async shell(options) {
    const session = await TerminalSession.start('bash', ['--norc', '--noprofile', '--noediting', '-i'], options);
    await session.expect(/[$#] /);
    await session.run(`PS1='rea''dy> '; alias guarded='${process.execPath} bin/procman.js run --'`);
    session.shellPid = Number(/pid=(\d+)/.exec(await session.run('echo "pi""d=$$"'))[1]);
    return session;
  }

  constructor(command, args, env = {}) {
    this.#driver = spawn(driver(), [command, ...args], { cwd: root, env: { ...process.env, TERM: 'xterm', HISTFILE: '', ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.pid = this.#driver.pid;
    this.ended = new Promise((resolve) => this.#driver.on('close', (code, signal) => resolve({ code, signal })));
    this.#driver.stdin.on('error', () => {});
    this.#driver.stdout.setEncoding('utf8').on('data', (text) => {
      this.screen += text;
      this.#pending += text;
      this.#wake();
    });
  }

  type(keys) {
    this.#driver.stdin.write(keys);
  }

  /** Waits until what was shown since the last match matches; takes it away with what stands before it. */
  async expect(pattern) {
    const expired = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const match = pattern.exec(this.#pending);
      if (match !== null) {
        this.#pending = this.#pending.slice(match.index + match[0].length);
        return match;
      }
      await new Promise((resolve, reject) => {
        this.#wake = resolve;
        void this.ended.then(() => setImmediate(resolve));
        expired.onabort = () => reject(new Error(`no ${pattern} after ${PATIENCE_MS} ms. The screen:\n${this.screen}`));
      });
      if (this.#driver.exitCode !== null && pattern.exec(this.#pending) === null) throw new Error(`ended before ${pattern}. The screen:\n${this.screen}`);
    }
  }

  /** Types a line for the shell and waits for its next prompt; gives what was shown before that. */
  async run(line) {
    this.type(`${line}\n`);
    return this.untilPrompt();
  }

  async untilPrompt() {
    const { index, input } = await this.expect(new RegExp(PROMPT));
    return input.slice(0, index);
  }

  /** Everything in the session but its shell: guard and shim among it. */
  async others() {
    const { inSession } = await processes;
    return inSession(this.shellPid).filter((pid) => pid !== this.shellPid);
  }

  /** The process of the session with this name; there is one. */
  async find(name) {
    const found = (await this.others()).filter((pid) => nameOf(pid) === name);
    if (found.length !== 1) throw new Error(`${found.length} processes are called ${name}`);
    return found[0];
  }

  /** Waits until the pager sleeps: a signal that comes between its last look for signals and its wait for keys is lost to it. */
  async untilPagerWaits() {
    const { stat } = await processes;
    const pager = await this.find('less');
    while (stat(pager).state !== 'S') await new Promise(setImmediate);
  }

  /** The nearest process above this one with this name, which is not the shell. */
  async findAbove(pid, name) {
    const { stat } = await processes;
    let { ppid } = stat(pid);
    while (nameOf(ppid) !== name) ({ ppid } = stat(ppid));
    return ppid;
  }

  /** Kills by number, and waits until all that were there are gone. */
  async kill(pid, signal) {
    const before = await this.others();
    process.kill(pid, signal);
    await gone(before);
  }

  /** Waits until the shell has given the terminal to a job. Asks the kernel in every turn: nobody says it. */
  async untilGivenAway() {
    const { stat } = await processes;
    while (stat(this.shellPid).foreground === this.shellPid) await new Promise(setImmediate);
  }

  /** The status of the last command, as the shell has it. */
  async status() {
    const shown = await this.run('echo "sta""tus=$?"');
    return Number(/status=(\d+)/.exec(shown)[1]);
  }

  resize(rows, columns) {
    execFileSync('stty', ['-F', this.path, 'rows', `${rows}`, 'cols', `${columns}`]);
  }

  /** Closes the window; ends when nobody of the session is left. */
  async hangUp() {
    const { inSession } = await processes;
    const all = inSession(this.shellPid);
    this.#driver.kill('SIGKILL');
    await this.ended;
    await gone(all);
  }
}

const nameOf = (pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

/** Built by `cargo`. */
const driver = () => path.join(root, 'target', 'debug', 'examples', 'pty_drive');

/** A command that shows `is-up` when it runs; what is typed does not contain that word. */
const up = (rest) => `bash -c 'printf "%s-%s\\n" is up; ${rest}'`;

/** One that also says when it is continued, resized, or read a line. */
const TALKER = 'node __test__/fixtures/terminal-command.js';

/** Types a line that starts such a command, and waits until it runs. */
async function start(shell, line) {
  shell.type(`${line}\n`);
  await shell.expect(/is-up/);
}

/** Tests with a shell on a terminal, which is hung up at the end. */
const shellTests = (test) => (title, body) =>
  test(title, async (t) => {
    const shell = await TerminalSession.shell();
    try {
      await body(t, shell);
    } finally {
      await shell.hangUp();
    }
  });

module.exports = { TerminalSession, CTRL_C, CTRL_Z, CTRL_D, TALKER, shellTests, start, up };
