'use strict';
// One wait for a lease: asked, then granted, refused or called off, once.

const { aborted, fromNative, isNativeError } = require('../errors.js');
const { tellGuardWarnings } = require('../guard-warnings.js');
const { hostEnv } = require('../host-env.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');
const { onAbort } = require('../on-abort.js');
const { handlerFlags } = require('./handlers.js');
const { releaseUntaken } = require('./lease-info.js');

/** What `leaseAcquire` answers instead of a lease or an error. */
const NEEDS_HOST = 0;
const WAITS = -1;
/** The pool's own `acquireTimeout`. */
const POOL_TIMEOUT = -1;

const waiting = new Map();
let last = 0;

mailbox.onLetter('leaseGranted', (letters, at) => {
  tellGuardWarnings();
  take(letters[at]).granted(letters[at + 1]);
});

mailbox.onLetter('leaseRefused', (letters, at) => take(letters[at]).refused(fromNative(letters[at + 1])));

function take(token) {
  const request = waiting.get(token);
  waiting.delete(token);
  mailbox.unref();
  return request;
}

/** Keeps the process alive while it waits. */
class LeaseRequest {
  #token;
  #signal;
  #settle;
  #aborted = false;
  #leave = () => {};

  constructor({ signal }, { resolve, reject }) {
    this.#signal = signal;
    this.#settle = { resolve, reject };
  }

  /** The answer to the letter that this waits for. */
  wait(token) {
    this.#token = token;
    waiting.set(token, this);
    mailbox.ref();
    if (this.#signal !== undefined) this.#leave = onAbort(this.#signal, () => this.#callOff());
  }

  granted(lease) {
    this.#leave();
    // Granted in the same instant in which the signal fired: nobody takes it.
    if (this.#aborted) releaseUntaken(lease);
    else this.#settle.resolve(lease);
  }

  refused(error) {
    this.#leave();
    this.#settle.reject(error);
  }

  #callOff() {
    this.#aborted = true;
    if (native().leaseCancel(this.#token)) take(this.#token);
    this.#settle.reject(aborted('getServer()', this.#signal));
  }
}

/**
 * A lease of a pool: its number where an instance is warm, else a promise of it.
 * @param {number} pool of the native part
 * @param {object} options from getServerOptions()
 * @throws what refuses it at once
 */
function acquireLease(pool, options) {
  if (options.signal?.aborted) throw aborted('getServer()', options.signal);
  last = (last + 1) >>> 0;
  const token = last;
  const ask = (host) => {
    const { sessionId = null, timeoutMs = POOL_TIMEOUT, handlers, capabilities } = options;
    return native().leaseAcquire(pool, sessionId, timeoutMs, handlerFlags(handlers, capabilities), token, host);
  };
  let answer = ask(null);
  if (answer === NEEDS_HOST) answer = ask(hostEnv());
  if (isNativeError(answer)) throw fromNative(answer);
  if (answer !== WAITS) return answer;
  return new Promise((resolve, reject) => new LeaseRequest(options, { resolve, reject }).wait(token));
}

module.exports = { acquireLease };
