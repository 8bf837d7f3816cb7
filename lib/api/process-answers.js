'use strict';
// Answers about processes, which may be long: fetched and read part by part, with turns of the event loop between.

const { unwrap } = require('./errors.js');
const { native } = require('./native.js');
const { bytesOf, memory, readRows } = require('./process-rows.js');
const requests = require('./requests.js');
const { TimeSlice } = require('./time-slice.js');

/** Asks by `send`, which gets a token, and has each part of the answer read before the next is fetched. */
async function eachPart(send, read) {
  let asked;
  await requests.ask((token) => {
    asked = token;
    unwrap(send(token));
  });
  const next = () => native().answerNext(asked, memory);
  const slice = new TimeSlice();
  for (let part = next(); part !== null; part = next()) {
    read(part);
    await slice.rest();
  }
}

/** A list of processes. */
async function askForProcesses(send) {
  const processes = [];
  await eachPart(send, (text) => readRows(text, processes));
  return processes;
}

/** Anything that processes may be in: first what is short, then its long lists one after the other. */
async function askInParts(send) {
  let head;
  /** Where each part that follows belongs. */
  let lists;
  await eachPart(send, (text) => {
    const part = parseWithBytes(text);
    if (head !== undefined) {
      lists.shift().push(...part);
      return;
    }
    let counts;
    [head, counts] = part;
    lists = counts.flatMap(([name, count]) => Array(count).fill(name === '' ? head : head[name]));
  });
  return head;
}

/** Anything that processes may be in, in one piece. */
function parseWithBytes(text) {
  // A reviver triples the time of parsing, and odd bytes are rare.
  return text.includes('"argvRaw"') ? JSON.parse(text, (key, value) => (value?.argvRaw === undefined ? value : withBytes(value))) : JSON.parse(text);
}

function withBytes(process) {
  process.argvRaw = process.argvRaw.map(bytesOf);
  return process;
}

module.exports = { askForProcesses, askInParts, parseWithBytes };
