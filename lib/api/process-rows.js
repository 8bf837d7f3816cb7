'use strict';
// Processes as rows of numbers and of texts, which become objects in half the time that parsing them takes. `src/model/process_rows.rs` writes them.

/** In the order of their numbers. */
const STATES = ['running', 'sleeping', 'disk-sleep', 'stopped', 'zombie', 'other'];

/** The most processes of one part, and the numbers of each. */
const MOST = 32;
const WIDTH = 14;

/** The first says how many processes there are. */
const numbers = new Float64Array(1 + MOST * WIDTH);
const memory = Buffer.from(numbers.buffer);

/** Adds the processes whose numbers were just written to `memory`, and whose texts these are, to a list: at once, before others are written there. */
function readRows(text, processes) {
  const texts = text.split('\0');
  const bootId = texts[0];
  let at = 1;
  for (let row = 0, from = 1; row < numbers[0]; row++, from += WIDTH) {
    const [exe, unit] = [texts[at + 2], texts[at + 3]];
    const namespace = numbers[from + 11];
    const argvFrom = at + 4;
    const rawFrom = argvFrom + numbers[from + 12];
    const end = rawFrom + Math.max(0, numbers[from + 13] - 1);
    const process = {
      pid: numbers[from] | 0,
      startToken: texts[at],
      bootId,
      ppid: numbers[from + 1] | 0,
      pgid: numbers[from + 2] | 0,
      sid: numbers[from + 3] | 0,
      uid: numbers[from + 4] >>> 0,
      name: texts[at + 1],
      argv: texts.slice(argvFrom, rawFrom),
      state: STATES[numbers[from + 5]],
      rssBytes: numbers[from + 6],
      cpuPercent: numbers[from + 7],
      startedAt: numbers[from + 8],
      threads: numbers[from + 9] | 0,
      orphan: numbers[from + 10] !== 0,
    };
    if (exe !== '') process.exe = exe;
    if (namespace !== 0) process.pidNamespace = namespace;
    if (unit !== '') process.unit = unit;
    if (numbers[from + 13] > 0) process.argvRaw = texts.slice(rawFrom, end).map(bytesOf);
    processes.push(process);
    at = end;
  }
}

/** Odd bytes cross as a character each. */
const bytesOf = (text) => Buffer.from(text, 'latin1');

module.exports = { memory, readRows, bytesOf };
