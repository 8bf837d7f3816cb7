'use strict';

const { setImmediate: nextTurn } = require('node:timers/promises');
const { within } = require('../api/within.js');
const { Credentials } = require('./auth/credentials.js');
const { ClientLink } = require('./client-link.js');
const { closedByHost, failure } = require('./failures.js');
const { ListCache } = require('./list-cache.js');
const { asksForList } = require('./list-kinds.js');
const { allPages } = require('./list-pages.js');
const { OpeningLimit } = require('./opening-limit.js');
const { ParamHeaders } = require('./param-headers.js');
const { Secrets } = require('./secrets.js');
const { assertSendable } = require('./sendable.js');

/** The server's word for a header that is missing or says another thing than the body. */
const HEADER_MISMATCH = -32020;
/** A goodbye is a courtesy. */
const GOODBYE_MS = 1000;
/** Statuses by which the specification tells a server of the older HTTP+SSE transport. */
const OLDER_TRANSPORT = new Set([400, 404, 405]);

/** One connection to one HTTP server: an MCP session that many calls share, and the lists that were read in it. */
class Connection {
  #link;
  #lists = new ListCache();
  #paramHeaders;
  #credentials;
  #context;
  #closedByHost = false;
  #limit;
  #answers;
  #caller;
  isOpen = false;
  /** For good. */
  closed = false;

  /**
   * @param {object} definition as the configuration resolves it; holds secrets
   * @param {{answers?: boolean}} [options] `answers`: the server may ask; then one request at a time
   */
  constructor(definition, { answers = false } = {}) {
    this.definition = definition;
    this.#answers = answers;
    this.#paramHeaders = new ParamHeaders(definition.name);
    const secrets = Secrets.of(definition);
    this.#context = { definition, secrets };
    this.#credentials = Credentials.for(definition, secrets);
  }

  /** Throws a failure; within the entry's startTimeout, and at once when it is closed meanwhile. */
  async open() {
    const opening = this.#openAny();
    const limit = (this.#limit = new OpeningLimit(this.definition.pool?.startTimeout));
    try {
      await Promise.race([opening, limit.reached]);
    } catch (error) {
      opening.catch(() => {});
      void this.#link?.close();
      throw this.#failure(error, { connecting: true });
    } finally {
      limit.end();
    }
    this.isOpen = true;
    this.#lists.introduced(this.#link.capabilities, this.#link.isModern);
  }

  /** Whether the 2026-07-28 protocol is spoken. */
  get isModern() {
    return this.#link.isModern;
  }

  /**
   * @param {string} method
   * @param {object | undefined} params
   * @param {{signal: AbortSignal, onprogress?: Function, caller?: object}} options `caller`: who answers, where the connection does
   * @returns {Promise<unknown>} the raw result; throws a failure
   */
  async request(method, params, options) {
    const isShared = asksForList(method, params) && this.definition.pool?.sharedMemoryCache !== false;
    if (!isShared) return this.#ask(method, params, options);
    // Who asks again until a list changes must let the event loop hear of the change.
    await nextTurn();
    return this.#lists.get(method) ?? this.#readList(method, options);
  }

  /** Says goodbye, for a second at most. What is in flight fails with ERR_CLOSED. */
  async close() {
    const wasOpen = this.isOpen;
    this.#ended();
    this.#closedByHost = true;
    this.#limit?.cut(new Error('closed'));
    // Whatever the server makes of it, the session is over.
    if (wasOpen) await within(GOODBYE_MS, this.#link.terminate());
    await this.#link?.close();
  }

  async #ask(method, params, { signal, onprogress, caller }) {
    this.#caller = caller;
    const send = this.isModern ? this.#sendModern : this.#send;
    try {
      return await send.call(this, method, params, { signal, onprogress });
    } catch (error) {
      // The caller's own end comes back as whatever the client makes of it.
      signal.throwIfAborted();
      throw this.#failure(error, { connecting: false });
    }
  }

  #send(method, params, options) {
    return this.#link.request(method, params, options);
  }

  /** Some arguments are headers too. A server that misses them has done nothing yet: its tools may be unknown here, or others by now. */
  async #sendModern(method, params, options) {
    if (method === 'tools/list') return this.#admitted(await this.#send(method, params, options));
    if (method !== 'tools/call') return this.#send(method, params, options);
    const call = () => this.#send(method, params, { ...options, headers: this.#paramHeaders.of(params?.name, params?.arguments) });
    try {
      return await call();
    } catch (error) {
      if (error?.code !== HEADER_MISMATCH) throw error;
      await allPages(this.definition.name, 'tools/list', (page) => this.#sendModern('tools/list', page, { signal: options.signal }));
      return call();
    }
  }

  #admitted(page) {
    return { ...page, tools: this.#paramHeaders.admit(page?.tools) };
  }

  async #readList(method, options) {
    const { moment } = this.#lists;
    const list = await allPages(this.definition.name, method, (params) => this.#ask(method, params, options));
    this.#lists.keep(method, list, moment);
    this.#link.listen();
    return list;
  }

  #failure(error, { connecting }) {
    if (this.#closedByHost) return { error: closedByHost(this.definition), sent: !connecting, expired: false };
    const session = !connecting && this.#link.hasSession;
    return failure(error, { ...this.#context, connecting, session, modern: !connecting && this.#link.isModern });
  }

  async #openAny() {
    assertSendable(this.definition);
    try {
      await this.#newLink().open();
    } catch (error) {
      if (!(await this.#openOlder(error))) throw error;
    }
  }

  /** As mcporter, and as the specification asks for: a server that refuses the first POST may speak the transport of 2024. */
  async #openOlder(error) {
    if (this.closed || !OLDER_TRANSPORT.has(error?.status)) return false;
    try {
      await this.#newLink().openOlder();
      return true;
    } catch {
      return false;
    }
  }

  #newLink() {
    void this.#link?.close();
    this.#link = new ClientLink(this.definition, this.#credentials, {
      stream: (stands) => this.#lists.streamChanged(stands),
      notification: (method) => this.#lists.heard(method),
      closed: () => this.#ended(),
      ...(this.#answers && { question: (asked, params) => this.#asked(asked, params) }),
    });
    return this.#link;
  }

  async #asked(method, params) {
    if (this.#caller === undefined) throw new Error('nobody is there to answer');
    return this.#caller.question(method, params);
  }

  #ended() {
    this.isOpen = false;
    this.closed = true;
  }
}

module.exports = { Connection };
