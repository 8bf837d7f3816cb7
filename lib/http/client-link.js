'use strict';

const { version } = require('../../package.json');
const { within } = require('../api/within.js');
const { clientPackage } = require('./client-package.js');
const { RequestStreams } = require('./request-streams.js');
const { StandingStream } = require('./standing-stream.js');

/** What setTimeout takes at most: the client's own timeouts are off, because calls keep their time themselves. */
const NEVER_MS = 2 ** 31 - 1;
/** What a server may take to open its stream before it is asked anything. */
const STREAM_MS = 5000;
/** Until the server acknowledges that it was asked to tell what changes. */
const ACKNOWLEDGE_MS = 5000;
/** What a server of an older protocol may ask: declared on a session that one call has to itself, because a question names nobody of several. */
const QUESTIONS = ['elicitation/create', 'sampling/createMessage', 'roots/list'];
/** Fields of a form that the caller leaves out get the defaults of its schema. */
const ANSWERING = { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} };
/** Takes whatever came: fields that the client does not know are the caller's to read. */
const ANYTHING = { '~standard': { version: 1, vendor: 'procman', validate: (value) => ({ value }) } };

/** A client of the official package on a transport of its own: how both are set up, and how they hear what the server says unasked. */
class ClientLink {
  #client;
  #transport;
  #url;
  #options;
  #listener;
  #listens = false;
  #isOlder = false;

  /**
   * @param {object} definition
   * @param {object} [credentials] an OAuth provider
   * @param {{stream: (stands: boolean) => void, notification: (method: string) => void, closed: () => void,
   *   question?: (method: string, params: object) => Promise<object>}} listener with `question` the server may ask
   */
  constructor({ url, headers, pool = {} }, credentials, listener) {
    const { Client } = clientPackage();
    const answers = listener.question !== undefined;
    this.#client = new Client({ name: 'procman', version }, { capabilities: answers ? ANSWERING : {}, versionNegotiation: negotiation(pool.protocol) });
    if (answers) QUESTIONS.forEach((method) => this.#client.setRequestHandler(method, ({ params }) => listener.question(method, params)));
    // Errors out of band are told by the request that they concern.
    this.#client.onerror = () => {};
    this.#client.fallbackNotificationHandler = async ({ method }) => listener.notification(method);
    this.#url = new URL(url);
    this.#listener = listener;
    this.#options = {
      requestInit: { headers: credentials === undefined ? headers : withoutAuthorization(headers) },
      authProvider: credentials,
      reconnectionScheduler: withoutHolding,
    };
  }

  /** Streamable HTTP. Throws what the official client throws. */
  async open() {
    const { StreamableHTTPClientTransport } = clientPackage();
    const standing = new StandingStream(this.#listener.stream, (event) => streams.holds(event));
    const streams = new RequestStreams(new StreamableHTTPClientTransport(this.#url, { ...this.#options, fetch: standing.fetch }));
    await this.#connect(streams);
    this.listen();
    // Servers may ask there, and what they say to nobody is lost.
    if (this.#listener.question !== undefined && !this.isModern) await within(STREAM_MS, standing.tried);
  }

  /** The transport of 2024. All that the server says comes on one stream, so the link ends with it. */
  async openOlder() {
    const { SSEClientTransport } = clientPackage();
    this.#isOlder = true;
    const changed = (stands) => {
      this.#listener.stream(stands);
      if (!stands) void this.close();
    };
    const { fetch } = new StandingStream(changed, () => false);
    await this.#connect(new SSEClientTransport(this.#url, { ...this.#options, fetch }));
  }

  /** Whether the server keeps something for this link that it can forget. */
  get hasSession() {
    return this.#isOlder || this.#transport?.sessionId !== undefined;
  }

  /** What the server said that it has. */
  get capabilities() {
    return this.#client.getServerCapabilities();
  }

  /** Whether the 2026-07-28 protocol is spoken. */
  get isModern() {
    return this.#client.getProtocolEra() === 'modern';
  }

  /** The raw result; one that asks for input is a result too. */
  request(method, params, { signal, onprogress, headers }) {
    return this.#client.request({ method, params }, ANYTHING, { signal, onprogress, headers, timeout: NEVER_MS, allowInputRequired: true });
  }

  /** Asks a server of the 2026-07-28 protocol to tell when its lists change, where nobody listens yet: older ones tell unasked. */
  listen() {
    if (!this.isModern || this.#listens) return;
    const filter = changesOf(this.capabilities);
    if (Object.keys(filter).length === 0) return;
    this.#listens = true;
    const over = () => (this.#listens = false);
    // What the server does not want to tell is asked for instead.
    this.#client.listen(filter, { timeout: ACKNOWLEDGE_MS }).then(({ closed }) => closed.then(over), over);
  }

  /** Ends the session on the server's side. */
  async terminate() {
    await this.#transport?.terminateSession?.();
  }

  /** Ends it on this side; what is in flight fails. Never rejects. */
  async close() {
    await this.#client.close().catch(() => {});
  }

  async #connect(transport) {
    this.#transport = transport;
    await this.#client.connect(transport, { timeout: NEVER_MS });
    this.#client.onclose = this.#listener.closed;
  }
}

/** Calls in flight keep the program alive themselves; a stream that waits to be opened again must not. */
function withoutHolding(reconnect, delayMs) {
  const timer = setTimeout(reconnect, delayMs).unref();
  return () => clearTimeout(timer);
}

function changesOf({ tools, prompts, resources } = {}) {
  return {
    ...(tools?.listChanged && { toolsListChanged: true }),
    ...(prompts?.listChanged && { promptsListChanged: true }),
    ...(resources?.listChanged && { resourcesListChanged: true }),
  };
}

function withoutAuthorization(headers = {}) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function negotiation(protocol) {
  if (protocol === undefined || protocol === 'legacy') return undefined;
  return { mode: protocol === 'auto' ? 'auto' : { pin: protocol } };
}

module.exports = { ClientLink };
