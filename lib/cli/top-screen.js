'use strict';
// The screen of `procman top`: a page of the terminal that is redrawn at intervals, on a key and on a resize, and given back as it was.

const { EXIT, exitCodeOfSignal } = require('./exit-codes.js');
const { formatBytes } = require('./format/quantities.js');
const { cut } = require('./format/columns.js');
const { printable } = require('./format/printable.js');
const { onSignals } = require('./on-signals.js');
const { processRows } = require('./process-rows.js');
const { isKernelThread, isZombie, managedOnly, ORDERS } = require('./process-selection.js');

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

const CTRL_C = '\u0003';
const SORT_KEYS = Object.freeze({ c: 'cpu', m: 'mem', a: 'age', n: 'name', p: 'pid' });

class TopScreen {
  #world;
  #sort;
  #managed;
  #processes = [];
  #error;
  #timer;
  #end;

  constructor({ sort, managed, ...world }) {
    this.#world = world;
    this.#sort = sort;
    this.#managed = managed;
  }

  /** Shows it until somebody wants the end; resolves to the exit status. */
  async run() {
    const { stdin, stdout, signals } = this.#world;
    const onKey = (data) => [...data].forEach((key) => this.#key(key));
    const onResize = () => this.#draw();
    const watch = onSignals(signals, (signal) => this.#end(exitCodeOfSignal(signal)));
    const ended = new Promise((resolve) => (this.#end = resolve));
    stdin.setRawMode(true).setEncoding('utf8').on('data', onKey);
    stdout.write(ENTER);
    stdout.on('resize', onResize);
    try {
      void this.#tick();
      return await ended;
    } finally {
      clearTimeout(this.#timer);
      this.#timer = null;
      stdout.off('resize', onResize);
      stdin.off('data', onKey).setRawMode(false).pause();
      watch.dispose();
      await new Promise((resolve) => stdout.write(LEAVE, resolve));
    }
  }

  /** Reads and draws; the next reading is counted from the end of this one. */
  async #tick() {
    try {
      this.#processes = await this.#world.api.listProcesses();
      this.#error = undefined;
    } catch (error) {
      this.#error = error;
    }
    if (this.#timer === null) return;
    this.#draw();
    this.#timer = setTimeout(() => void this.#tick(), this.#world.intervalMs);
  }

  #key(key) {
    if (key === 'q' || key === 'Q') return this.#end(EXIT.OK);
    // In raw mode the terminal makes no signal of it.
    if (key === CTRL_C) return this.#end(exitCodeOfSignal('SIGINT'));
    if (key in SORT_KEYS) this.#sort = SORT_KEYS[key];
    else if (key === 'g') this.#managed = !this.#managed;
    else return undefined;
    return this.#draw();
  }

  #draw() {
    const { stdout } = this.#world;
    const { columns = 80, rows = 24 } = stdout;
    const lines = this.#lines(columns).slice(0, rows);
    stdout.write(HOME + lines.map((line) => line + CLEAR_LINE).join('\n') + CLEAR_BELOW);
  }

  #lines(width) {
    const { terminal } = this.#world;
    const paint = (style, text) => terminal.paint(style, text);
    const visible = this.#processes.filter((process) => !isKernelThread(process));
    const shown = this.#managed ? managedOnly(visible) : visible;
    const list = [...shown].sort(ORDERS[this.#sort]).map((process) => ({ process }));
    return [cut(this.#summary(shown), width), '', ...processRows(list, { now: Date.now(), width, paint })];
  }

  #summary(shown) {
    if (this.#error !== undefined) return printable(`procman top: ${this.#error.message}`);
    const memory = shown.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
    const zombies = shown.filter(isZombie).length;
    return `${shown.length} processes${this.#managed ? ' under procman' : ''}, ${zombies} zombies, ${formatBytes(memory)}; by ${this.#sort}; keys: c m a n p, g, q`;
  }
}

module.exports = { TopScreen };
