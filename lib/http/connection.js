'use strict';

const { version } = require('../../package.json');
const { Credentials } = require('./auth/credentials.js');
const { clientPackage } = require('./client-package.js');
const { closedByHost, failure } = require('./failures.js');
const { RequestStreams } = require('./request-streams.js');
const { Secrets } = require('./secrets.js');

/** What setTimeout takes at most: the client's own timeouts are off, because calls keep their time themselves. */
const NEVER_MS = 2 ** 31 - 1;
const CONNECT_MS = 60_000;
/** A goodbye is a courtesy. */
const GOODBYE_MS = 1000;
/** Statuses by which the specification tells a server of the older HTTP+SSE transport. */
const OLDER_TRANSPORT = new Set([400, 404, 405]);
/** Takes whatever came: fields that the client does not know are the caller's to read. */
const ANYTHING = { '~standard': { version: 1, vendor: 'procman', validate: (value) => ({ value }) } };

/** One connection to one HTTP server: an MCP session that many calls share. */
class Connection {
  #client;
  #transport;
  #credentials;
  #context;
  #closedByHost = false;
  #cutOpening;
  isOpen = false;
  /** For good. */
  closed = false;
  /** HTTP+SSE: an open stream that would keep the program alive. */
  holdsStream = false;

  /** @param {object} definition as the configuration resolves it; holds secrets */
  constructor(definition) {
    this.definition = definition;
    const secrets = Secrets.of(definition);
    this.#context = { definition, secrets };
    this.#credentials = Credentials.for(definition, secrets);
  }

  /** Throws a failure; within the entry's startTimeout, and at once when it is closed meanwhile. */
  async open() {
    const opening = this.#openAny();
    const limit = this.#limitOpening();
    try {
      await Promise.race([opening, limit.cut]);
    } catch (error) {
      opening.catch(() => {});
      this.#client?.close().catch(() => {});
      throw this.#failure(error, { connecting: true });
    } finally {
      limit.end();
    }
    this.isOpen = true;
    this.#client.onclose = () => this.#ended();
  }

  /** Resolves to the raw result; throws a failure. */
  async request(method, params, { signal, onprogress }) {
    try {
      return await this.#client.request({ method, params }, ANYTHING, { signal, onprogress, timeout: NEVER_MS, allowInputRequired: true });
    } catch (error) {
      // The caller's own end comes back as whatever the client makes of it.
      signal.throwIfAborted();
      throw this.#failure(error, { connecting: false });
    }
  }

  /** Says goodbye, for a second at most. What is in flight fails with ERR_CLOSED. */
  async close() {
    const wasOpen = this.isOpen;
    this.#ended();
    this.#closedByHost = true;
    this.#cutOpening?.(new Error('closed'));
    if (wasOpen) await this.#sayGoodbye();
    await this.#client?.close().catch(() => {});
  }

  async #sayGoodbye() {
    const { promise: late, cancel } = timeLimit(GOODBYE_MS);
    // Whatever the server makes of it, the session is over.
    await Promise.race([Promise.resolve(this.#transport?.terminateSession?.()).catch(() => {}), late]);
    cancel();
  }

  #failure(error, { connecting }) {
    if (this.#closedByHost) return { error: closedByHost(this.definition), sent: !connecting, expired: false };
    return failure(error, { ...this.#context, connecting, session: !connecting && this.#transport.sessionId !== undefined });
  }

  #limitOpening() {
    const limitMs = Math.min(Number(this.definition.pool?.startTimeout ?? CONNECT_MS), NEVER_MS);
    let timer;
    const cut = new Promise((_, reject) => {
      this.#cutOpening = reject;
      timer = setTimeout(() => reject(notInTime()), limitMs).unref();
    });
    return { cut, end: () => clearTimeout(timer) };
  }

  async #openAny() {
    try {
      await this.#connect((url, options) => this.#streamable(url, options));
    } catch (error) {
      if (!(await this.#openOlder(error))) throw error;
    }
  }

  #ended() {
    this.isOpen = false;
    this.closed = true;
  }

  /** As mcporter, and as the specification asks for: a server that refuses the first POST may speak the transport of 2024. */
  async #openOlder(error) {
    if (this.closed || !OLDER_TRANSPORT.has(error?.status)) return false;
    const { SSEClientTransport } = clientPackage();
    try {
      await this.#connect((url, options) => new SSEClientTransport(url, options));
    } catch {
      return false;
    }
    this.holdsStream = true;
    return true;
  }

  async #connect(makeTransport) {
    const { Client } = clientPackage();
    const { url, pool = {} } = this.definition;
    this.#client?.close().catch(() => {});
    this.#client = new Client({ name: 'procman', version }, { capabilities: {}, versionNegotiation: negotiation(pool.protocol) });
    // Errors out of band are told by the request that they concern.
    this.#client.onerror = () => {};
    this.#transport = makeTransport(new URL(url), this.#transportOptions());
    await this.#client.connect(this.#transport, { timeout: NEVER_MS });
  }

  #streamable(url, options) {
    const { StreamableHTTPClientTransport } = clientPackage();
    return new RequestStreams(new StreamableHTTPClientTransport(url, { ...options, fetch: withoutIdleStream }));
  }

  #transportOptions() {
    const headers = this.#credentials === undefined ? this.definition.headers : withoutAuthorization(this.definition.headers);
    return { requestInit: { headers }, authProvider: this.#credentials };
  }
}

/** The stream for messages that belong to no request would keep the program alive, and nobody here listens to it; a GET that resumes a broken stream passes. */
async function withoutIdleStream(url, init) {
  if (init?.method === 'GET' && new Headers(init.headers).get('accept')?.includes('text/event-stream') && !new Headers(init.headers).has('last-event-id')) {
    return new Response(null, { status: 405 });
  }
  return fetch(url, init);
}

function withoutAuthorization(headers = {}) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function negotiation(protocol) {
  if (protocol === undefined || protocol === 'legacy') return undefined;
  return { mode: protocol === 'auto' ? 'auto' : { pin: protocol } };
}

function notInTime() {
  const { SdkError, SdkErrorCode } = clientPackage();
  return new SdkError(SdkErrorCode.RequestTimeout, 'not open in time');
}

function timeLimit(ms) {
  let timer;
  const promise = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  return { promise, cancel: () => clearTimeout(timer) };
}

module.exports = { Connection };
