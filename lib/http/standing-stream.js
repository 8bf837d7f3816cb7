'use strict';

const { setTimeout: pause } = require('node:timers/promises');
const { quietFetch } = require('./quiet-fetch.js');
const { unlessAborted } = require('./unless-aborted.js');

/** Between the end of the stream and the request for it anew, at least: it must not keep both sides busy, whatever the server's `retry` says. */
const LEAST_RECONNECT_MS = 250;
const UNWATCHED = { began() {}, ended() {} };

/**
 * The stream on which a server says what belongs to no request: the GET of a session, what `subscriptions/listen` is answered with, or all
 * that the older transport hears. The official client opens it, and opens it again; this watches whether it stands, and sees to it that it
 * keeps no program alive.
 *
 * | | it stands |
 * |---|---|
 * | it is opened, or resumed after an event of its own | → yes |
 * | it ends | → no |
 * | a GET resumes the stream of a request | as before |
 */
class StandingStream {
  #open = 0;
  #changed;
  #isRequests;
  #tried;
  /** When it ended, or could not be opened, last. */
  #endedAt = -Infinity;
  /** When the server answered the first request for it, with whatever. */
  tried = new Promise((resolve) => (this.#tried = resolve));

  /**
   * @param {(stands: boolean) => void} changed
   * @param {(eventId: string | null) => boolean} isRequests whether this event came on the stream of a request
   */
  constructor(changed, isRequests) {
    this.#changed = changed;
    this.#isRequests = isRequests;
  }

  /** For the transport: all its requests pass here, and those that last go a way of their own. */
  fetch = (url, init) => {
    const headers = new Headers(init?.headers);
    if (!isLasting(init?.method ?? 'GET', headers)) return fetch(url, init);
    const isRequests = this.#isRequests(headers.get('last-event-id'));
    const response = isRequests ? quietFetch(url, init, UNWATCHED) : this.#stand(url, init);
    return response.finally(this.#tried);
  };

  async #stand(url, init) {
    const early = this.#endedAt + LEAST_RECONNECT_MS - performance.now();
    // The other kind is asked for anew by who lists, and by no rule of the server's.
    if (early > 0 && init.method === 'GET') await unlessAborted(pause(early, undefined, { ref: false }), init.signal);
    try {
      return await quietFetch(url, init, { began: () => this.#count(1), ended: () => this.#ended() });
    } catch (error) {
      this.#endedAt = performance.now();
      throw error;
    }
  }

  #ended() {
    this.#endedAt = performance.now();
    this.#count(-1);
  }

  #count(more) {
    this.#open += more;
    this.#changed(this.#open > 0);
  }
}

const isLasting = (method, headers) =>
  headers.get('mcp-method') === 'subscriptions/listen' || (method === 'GET' && headers.get('accept')?.includes('text/event-stream') === true);

module.exports = { StandingStream };
