'use strict';
// The helper thread of blocking calls: carries one call at a time and wakes whoever waits for it.

const { parentPort, workerData } = require('node:worker_threads');
const { STATE } = require('./blocking-helper.js');

const { port, shared } = workerData;
const state = new Int32Array(shared);

const wake = (with_) => {
  Atomics.store(state, 0, with_);
  Atomics.notify(state, 0);
};

// Whatever ends this thread, nobody may wait for it for ever.
process.once('exit', () => wake(STATE.ended));

/** Here and not at the top: if the client package is missing, the call says so. */
const http = () => require('./index.js');

async function answer(job) {
  const { error, ...outcome } = await http().carry(job);
  const connected = http().isConnected(job.definition.name);
  port.postMessage({ ...outcome, connected, ...(error !== undefined && { error: plain(error) }) });
  wake(STATE.answered);
}

const plain = ({ code = 'ERR_NATIVE', message, details, retryable }) => ({ code, message, details: { ...details }, retryable });

port.on('message', ({ kind, ...message }) => {
  if (kind === 'call') void answer(message);
  else void http().close(message.server);
});

parentPort.on('message', () => void http().closeAll().finally(() => process.exit()));
