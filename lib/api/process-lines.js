'use strict';
// Processes as the engine writes them: lines of JSON arrays, so that a thread that others wait for parses a long answer in parts.

/** After so long the event loop has its turn. */
const TURN_MS = 0.5;

/** All processes of these lines. */
async function parseProcesses(lines) {
  const processes = [];
  let began = performance.now();
  for (const line of lines) {
    if (performance.now() - began > TURN_MS) {
      await new Promise(setImmediate);
      began = performance.now();
    }
    if (line !== '') for (const process of JSON.parse(line)) processes.push(withBytes(process));
  }
  return processes;
}

/** The report of a stop: what is short, then the stopped, then the forced. */
async function parseReport(text) {
  const [head, ...lines] = text.split('\n');
  const { stoppedLines, survivors, refused, durationMs } = JSON.parse(head);
  for (const { process } of survivors) withBytes(process);
  // Without anybody stopped its line is empty.
  const until = Math.max(stoppedLines, 1);
  const stopped = await parseProcesses(lines.slice(0, until));
  const forced = await parseProcesses(lines.slice(until));
  return { stopped, forced, survivors, refused, durationMs };
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

module.exports = { parseProcesses, parseReport, parseWithBytes };
