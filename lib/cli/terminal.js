'use strict';
// What may be written where: colours, one progress line, results, errors. Knows streams, not commands. Texts come from anywhere: in all but print() and
// printLines(), which take lines of ours, they are made printable here.

const { cut } = require('./format/columns.js');
const { printable } = require('./format/printable.js');

/** The codes of procman; what Node throws by itself has others. */
const OWN_CODE = /^ERR_[A-Z_]+$/;

/** Errors that show what a server said. */
const QUOTES_SERVERS = /^ERR_(?:RPC|SERVER_[A-Z]+)$/;
/** Of one error. */
const MOST_LINES = 40;

class Terminal {
  #progressShown = false;
  #colors;

  /** @param {{stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, env: NodeJS.ProcessEnv, json: boolean}} options */
  constructor({ stdout, stderr, env, json }) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.env = env;
    this.json = json;
  }

  /** A result: text as it is. Resolves when the stream took it. */
  print(text) {
    this.clearProgress();
    return new Promise((resolve) => this.stdout.write(text, () => resolve()));
  }

  printJson(value) {
    return this.print(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** How wide a line of a result may be; in a pipe as wide as it is. */
  get width() {
    return this.stdout.isTTY === true ? (this.stdout.columns || 80) : Infinity;
  }

  /** A line that begins with a coloured word; it ends at the width. */
  labelled(style, word, text) {
    return this.paint(style, word) + cut(`${word}  ${printable(text)}`, this.width).slice(word.length);
  }

  /** The same, whole: for a reason that must be read. */
  labelledWhole(style, word, text) {
    return `${this.paint(style, word)}  ${printable(text)}`;
  }

  printLines(lines) {
    return this.print(lines.map((line) => `${line}\n`).join(''));
  }

  note(text) {
    this.#say(printable(text));
  }

  /** Not where JSON was asked for: there a warning is part of the document. */
  warn(text) {
    if (!this.json) this.#say(`${this.paint('yellow', 'warning', this.stderr)}: ${printable(text)}`);
  }

  /**
   * One error: a document on stdout where JSON was asked for, else lines on stderr.
   * @param {Error & {code?: string, details?: object}} error
   * @param {string} [nextStep] a command that helps
   */
  async fail(error, nextStep) {
    const { message, details = {} } = error;
    const code = OWN_CODE.test(error.code) ? error.code : 'ERR_NATIVE';
    if (this.json) {
      await this.printJson({ error: { code, message, details } });
      return;
    }
    // What a server says is often a list of what is wrong, or the trace of it. A name in any other message may not begin a line.
    const lines = (QUOTES_SERVERS.test(code) ? message.split('\n', MOST_LINES) : [message]).map((line) => printable(line.replaceAll('\t', '  ')));
    this.#say(`${this.paint('red', 'procman', this.stderr)}: ${code}: ${lines.join('\n  ')}`);
    if (nextStep !== undefined) this.note(`  try: ${nextStep}`);
  }

  /** Replaces the progress line; shown to a person at a terminal only. */
  progress(text) {
    if (!this.stderr.isTTY || this.json) return;
    this.#progressShown = true;
    this.stderr.write(`\r\u001b[2K${printable(text)}`);
  }

  clearProgress() {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    this.stderr.write('\r\u001b[2K');
  }

  /** @param {'red' | 'green' | 'yellow' | 'dim' | 'bold'} style */
  paint(style, text, stream = this.stdout) {
    const shown = printable(text);
    if (!this.#wantsColor(stream)) return shown;
    this.#colors ??= require('picocolors').createColors(true);
    return this.#colors[style](shown);
  }

  #say(line) {
    this.clearProgress();
    this.stderr.write(`${line}\n`);
  }

  #wantsColor(stream) {
    if (this.env.NO_COLOR) return false;
    return stream.isTTY === true && this.env.TERM !== 'dumb';
  }
}

module.exports = { Terminal };
