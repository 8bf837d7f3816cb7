'use strict';

/** The `data` of the error that stands for an answer which will never come. */
const LOST = Object.freeze({ lost: true });
const INTERNAL_ERROR = -32000;

/**
 * A transport around the official one that gives every request a stream of its own, with an end.
 *
 * The official transport leaves two things open on connections of 2025: the response stream of a cancelled request stays open, and a
 * stream that ends without an answer leaves its request waiting for its timeout. Here a cancelled request's stream is closed once the
 * server was told, and a request whose stream ended is answered with an error whose `data` is `LOST`.
 */
class RequestStreams {
  onmessage;
  onclose;
  onerror;
  #inner;
  /** Open requests: what closes their streams, and the last event that came on each. */
  #open = new Map();

  constructor(inner) {
    this.#inner = inner;
    inner.onmessage = (message, extra) => this.#received(message, extra);
    inner.onclose = () => this.onclose?.();
    inner.onerror = (error) => this.onerror?.(error);
  }

  get sessionId() {
    return this.#inner.sessionId;
  }

  get hasPerRequestStream() {
    return this.#inner.hasPerRequestStream;
  }

  setProtocolVersion(version) {
    this.#inner.setProtocolVersion(version);
  }

  start() {
    return this.#inner.start();
  }

  async send(message, options = {}) {
    if (message.method === 'notifications/cancelled') return this.#sendCancellation(message, options);
    if (message.id === undefined || message.method === undefined) return this.#inner.send(message, options);
    const stream = { abort: new AbortController(), lastEvent: undefined };
    this.#open.set(message.id, stream);
    const signals = [stream.abort.signal, options.requestSignal].filter(Boolean);
    return this.#inner.send(message, {
      ...options,
      requestSignal: AbortSignal.any(signals),
      onRequestStreamEnd: () => this.#ended(message.id),
      onresumptiontoken: (event) => (stream.lastEvent = event),
    });
  }

  /** Whether this event came last on the stream of an open request. */
  holds(event) {
    return [...this.#open.values()].some(({ lastEvent }) => lastEvent !== undefined && lastEvent === event);
  }

  terminateSession() {
    return this.#inner.terminateSession?.();
  }

  async close() {
    this.#open.clear();
    await this.#inner.close();
  }

  async #sendCancellation(message, options) {
    const stream = this.#open.get(message.params?.requestId);
    this.#open.delete(message.params?.requestId);
    try {
      await this.#inner.send(message, options);
    } finally {
      stream?.abort.abort();
    }
  }

  #received(message, extra) {
    if (message.method === undefined) this.#open.delete(message.id);
    this.onmessage?.(message, extra);
  }

  #ended(id) {
    if (!this.#open.delete(id)) return;
    this.onmessage?.({ jsonrpc: '2.0', id, error: { code: INTERNAL_ERROR, message: 'the stream ended without an answer', data: LOST } });
  }
}

module.exports = { RequestStreams, LOST };
