'use strict';
// What may be written where: colours, one progress line, results, errors. Knows streams, not commands.

const { cut } = require('./format/columns.js');

/** The codes of procman; what Node throws by itself has others. */
const OWN_CODE = /^ERR_[A-Z_]+$/;

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
    return this.stdout.isTTY === true ? (this.stdout.columns ?? 80) : Infinity;
  }

  /** A line that begins with a coloured word; it ends at the width. */
  labelled(style, word, text) {
    return this.paint(style, word) + cut(`${word}  ${text}`, this.width).slice(word.length);
  }

  printLines(lines) {
    return this.print(lines.map((line) => `${line}\n`).join(''));
  }

  note(text) {
    this.clearProgress();
    this.stderr.write(`${text}\n`);
  }

  /** Not where JSON was asked for: there a warning is part of the document. */
  warn(text) {
    if (!this.json) this.note(`${this.paint('yellow', 'warning', this.stderr)}: ${text}`);
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
    this.note(`${this.paint('red', 'procman', this.stderr)}: ${code}: ${message}`);
    if (nextStep !== undefined) this.note(`  try: ${nextStep}`);
  }

  /** Replaces the progress line; shown to a person at a terminal only. */
  progress(text) {
    if (!this.stderr.isTTY || this.json) return;
    this.#progressShown = true;
    this.stderr.write(`\r\u001b[2K${text}`);
  }

  clearProgress() {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    this.stderr.write('\r\u001b[2K');
  }

  /** @param {'red' | 'green' | 'yellow' | 'dim' | 'bold'} style */
  paint(style, text, stream = this.stdout) {
    if (!this.#wantsColor(stream)) return text;
    this.#colors ??= require('picocolors').createColors(true);
    return this.#colors[style](text);
  }

  #wantsColor(stream) {
    if (this.env.NO_COLOR) return false;
    return stream.isTTY === true && this.env.TERM !== 'dumb';
  }
}

module.exports = { Terminal };
