// The demo itself: ten calls through three slots, the status, a SIGKILLed server and its successor, and the proof that nothing is left.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import procman from '../index.js';
import { descendantsOf } from './processes.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const files = mkdtempSync(path.join(tmpdir(), 'procman-demo-'));
const serverScript = (name) => path.join(root, 'node_modules', '@modelcontextprotocol', name, 'dist', 'index.js');

procman.configure({
  maxConcurrent: 3,
  servers: {
    everything: { command: process.execPath, args: [serverScript('server-everything')] },
    filesystem: { command: process.execPath, args: [serverScript('server-filesystem'), files] },
  },
});

try {
  await tenCallsThroughThreeSlots();
  await aFileThroughTheFilesystemServer();
  await aKilledServerIsReplaced();
} finally {
  rmSync(files, { recursive: true, force: true });
}
await nothingIsLeft();

async function tenCallsThroughThreeSlots() {
  title('Ten calls, three at a time');
  const calls = Array.from({ length: 10 }, (_, i) => procman.callToolAsync('everything', 'get-sum', { a: i, b: 100 }));
  show('while they wait', procman.getSemaphoreStatus());
  const outcomes = await Promise.all(calls);
  for (const { output, queuedMs, durationMs, pid } of outcomes) {
    console.log(`  ${output.trim().padEnd(40)} pid ${pid}  queued ${queuedMs.toFixed(1)} ms  served in ${durationMs.toFixed(1)} ms`);
  }
  check(outcomes.every((outcome) => outcome.success), 'every call was answered');
  check(new Set(outcomes.map((outcome) => outcome.pid)).size === 1, 'one warm server answered all of them');
}

async function aFileThroughTheFilesystemServer() {
  title('A real file through server-filesystem');
  const file = path.join(files, 'hello.txt');
  writeFileSync(file, 'hello from the file\n');
  const { success, output } = await procman.callToolAsync('filesystem', 'read_text_file', { path: file });
  console.log(`  ${output.trim()}`);
  check(success && output.includes('hello from the file'), 'the tool read the file');
}

async function aKilledServerIsReplaced() {
  title('A server killed with SIGKILL, in the middle of a call');
  const slow = procman.callToolAsync('everything', 'trigger-long-running-operation', { duration: 30, steps: 3 });
  const [active] = procman.getActiveProcesses();
  show('active', [active]);
  process.kill(active.pid, 'SIGKILL');
  const killed = await slow;
  console.log(`  the call:      ${killed.code}: ${killed.error.split('\n')[0]}`);
  const next = await procman.callToolAsync('everything', 'echo', { message: 'still here' });
  console.log(`  the next call: ${next.output.trim()} (pid ${next.pid}, was ${active.pid})`);
  check(!killed.success && next.success && next.pid !== active.pid, 'a new server answered the next call');
}

async function nothingIsLeft() {
  title('Shutdown');
  const before = descendantsOf(process.pid);
  console.log(`  processes below this one: ${before.length}`);
  await procman.shutdown();
  show('status', { semaphore: procman.getSemaphoreStatus(), active: procman.getActiveProcesses() });
  const left = descendantsOf(process.pid);
  console.log(`  processes below this one: ${left.length}`);
  check(before.length > 0 && left.length === 0, 'nothing is left');
}

function title(text) {
  console.log(`\n${text}`);
}

function show(what, value) {
  console.log(`  ${what}: ${JSON.stringify(value)}`);
}

function check(holds, what) {
  console.log(`  ${holds ? '✓' : '✗'} ${what}`);
  if (!holds) process.exitCode = 1;
}
