'use strict';
// Processes as rows of numbers and of texts, which become objects in half the time that parsing them takes. `src/model/process_rows.rs` writes them.

/** In the order of their numbers. */
const STATES = ['running', 'sleeping', 'disk-sleep', 'stopped', 'zombie', 'other'];

/** The most processes of one part, and the numbers of each. */
const MOST = 32;
const WIDTH = 14;

/** The character that stands for the text in the row above. Other texts that begin with it have one more behind them. */
const SAME = 1;

/** In the place of the number of arguments: all texts but the token are those of the row above. */
const ALIKE = -1;

/** The first says how many processes there are. */
const numbers = new Float64Array(1 + MOST * WIDTH);
const memory = Buffer.from(numbers.buffer);

/** Adds the processes whose numbers were just written to `memory`, and whose texts these are, to a list: at once, before others are written there. */
function readRows(text, processes) {
  const texts = text.split('\0');
  const bootId = texts[0];
  let [name, exe, unit, argv] = ['', '', '', []];
  let at = 1;
  for (let row = 0, from = 1; row < numbers[0]; row++, from += WIDTH) {
    const startToken = texts[at++];
    let rawFrom = at;
    if (numbers[from + 12] === ALIKE) {
      argv = argv.slice();
    } else {
      name = textOf(texts[at], name);
      exe = textOf(texts[at + 1], exe);
      unit = textOf(texts[at + 2], unit);
      rawFrom = at + 3 + numbers[from + 12];
      argv = argvOf(texts.slice(at + 3, rawFrom), argv);
    }
    const process = new Process(from, startToken, bootId, name, argv);
    if (exe !== '') process.exe = exe;
    if (numbers[from + 11] !== 0) process.pidNamespace = numbers[from + 11];
    if (unit !== '') process.unit = unit;
    at = rawFrom + Math.max(0, numbers[from + 13] - 1);
    if (numbers[from + 13] > 0) process.argvRaw = texts.slice(rawFrom, at).map(bytesOf);
    processes.push(process);
  }
}

/** Made by a constructor and not by a literal: then V8 leaves room within the object for what only some have. */
function Process(from, startToken, bootId, name, argv) {
  this.pid = numbers[from] | 0;
  this.startToken = startToken;
  this.bootId = bootId;
  this.ppid = numbers[from + 1] | 0;
  this.pgid = numbers[from + 2] | 0;
  this.sid = numbers[from + 3] | 0;
  this.uid = numbers[from + 4] >>> 0;
  this.name = name;
  this.argv = argv;
  this.state = STATES[numbers[from + 5]];
  this.rssBytes = small(numbers[from + 6]);
  this.cpuPercent = small(numbers[from + 7]);
  this.startedAt = numbers[from + 8];
  this.threads = numbers[from + 9] | 0;
  this.orphan = numbers[from + 10] !== 0;
}

// A plain object like any other.
Process.prototype = Object.prototype;

/** The same number. A whole one that is not too large takes no memory of its own, once V8 knows that it is one. */
const small = (number) => ((number | 0) === number ? number | 0 : number);

function argvOf(texts, above) {
  for (let place = 0; place < texts.length; place++) texts[place] = textOf(texts[place], above[place]);
  return texts;
}

function textOf(text, above) {
  // Where there is no character V8 would give up the compiled code.
  if (text === '' || text.charCodeAt(0) !== SAME) return text;
  return text.length === 1 ? above : text.slice(0, -1);
}

/** Odd bytes cross as a character each. */
const bytesOf = (text) => Buffer.from(text, 'latin1');

module.exports = { memory, readRows, bytesOf };
