'use strict';

const { ProcmanError } = require('./errors.js');

function timeoutError(timeoutMs) {
  return new ProcmanError('ERR_SEMAPHORE_TIMEOUT', `Semaphore acquire timeout (${timeoutMs / 1000}s)`, {
    retryable: true,
    details: { timeoutMs },
  });
}

function queueFullError({ maxConcurrent, queued }) {
  return new ProcmanError(
    'ERR_SEMAPHORE_QUEUE_FULL',
    `Semaphore queue is full: ${queued} requests wait for ${maxConcurrent} permits. Try later, or raise maxQueue.`,
    { retryable: true, details: { maxConcurrent, queued } },
  );
}

function overReleaseError() {
  return new ProcmanError(
    'ERR_SEMAPHORE_OVER_RELEASE',
    'Semaphore release without a permit: each acquire is given back once, by permit.release() or semaphore.release(), ' +
      'on the thread that acquired it. Remove the second release.',
  );
}

module.exports = { timeoutError, queueFullError, overReleaseError };
