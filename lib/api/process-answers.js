'use strict';
// Answers about processes, which may be long: fetched and parsed part by part, with turns of the event loop between.

const { unwrap } = require('./errors.js');
const { native } = require('./native.js');
const requests = require('./requests.js');

/** After so long the event loop has its turn. */
const TURN_MS = 0.4;

/** Asks by `send`, which gets a token; the parts of the answer, parsed, as they are fetched. */
async function* answerTo(send) {
  let asked;
  await requests.ask((token) => {
    asked = token;
    unwrap(send(token));
  });
  let began = performance.now();
  for (let part = native().answerNext(asked); part !== null; part = native().answerNext(asked)) {
    yield JSON.parse(part);
    if (performance.now() - began < TURN_MS) continue;
    await new Promise(setImmediate);
    began = performance.now();
  }
}

/** A list of processes. */
async function askForProcesses(send) {
  const processes = [];
  for await (const part of answerTo(send)) for (const process of part) processes.push(withBytes(process));
  return processes;
}

/** The report of a stop: what is short, then the stopped, then the forced. */
async function askForReport(send) {
  let head;
  const lists = { stopped: [], forced: [] };
  let parts = 0;
  for await (const part of answerTo(send)) {
    if (head === undefined) {
      head = part;
      continue;
    }
    const list = parts < head.stoppedParts ? lists.stopped : lists.forced;
    for (const process of part) list.push(withBytes(process));
    parts += 1;
  }
  const { survivors, refused, durationMs } = head;
  for (const { process } of survivors) withBytes(process);
  return { ...lists, survivors, refused, durationMs };
}

/** Anything that processes may be in. */
function parseWithBytes(text) {
  // A reviver triples the time of parsing, and odd bytes are rare.
  return text.includes('"argvRaw"') ? JSON.parse(text, (key, value) => (value?.argvRaw === undefined ? value : withBytes(value))) : JSON.parse(text);
}

/** Odd bytes cross as a character each. */
function withBytes(process) {
  if (process.argvRaw !== undefined) process.argvRaw = process.argvRaw.map((argument) => Buffer.from(argument, 'latin1'));
  return process;
}

module.exports = { askForProcesses, askForReport, parseWithBytes };
