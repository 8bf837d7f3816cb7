'use strict';

const { quietFetch } = require('./quiet-fetch.js');

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
    const counts = !this.#isRequests(headers.get('last-event-id'));
    const count = (more) => counts && this.#count(more);
    return quietFetch(url, init, { began: () => count(1), ended: () => count(-1) }).finally(this.#tried);
  };

  #count(more) {
    this.#open += more;
    this.#changed(this.#open > 0);
  }
}

const isLasting = (method, headers) =>
  headers.get('mcp-method') === 'subscriptions/listen' || (method === 'GET' && headers.get('accept')?.includes('text/event-stream') === true);

module.exports = { StandingStream };
