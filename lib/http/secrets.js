'use strict';

/** Shorter strings occur by accident, and a message full of holes tells nothing. */
const SHORTEST = 6;
const HIDDEN = '[hidden]';
/** Headers whose values are no secret. */
const PUBLIC_HEADERS = new Set(['accept', 'content-type', 'user-agent']);

/**
 * What must not be read in any message: header values, tokens, client secrets, what stands behind the path of the URL. A server may
 * quote a request in its answer, so every text that came from outside passes through here before it becomes part of an error.
 */
class Secrets {
  #values = new Set();

  /** The secrets that stand in a definition. */
  static of(definition) {
    const secrets = new Secrets();
    for (const [name, value] of Object.entries(definition.headers ?? {})) {
      if (!PUBLIC_HEADERS.has(name.toLowerCase())) secrets.add(value);
    }
    secrets.add(definition.oauthClientSecret);
    Object.values(definition.variables ?? {}).forEach((value) => secrets.add(value));
    secrets.#addUrl(definition.url);
    return secrets;
  }

  /** One more; a header like `Bearer x` counts as `x` too. */
  add(value) {
    if (typeof value !== 'string') return;
    for (const part of [value, ...value.split(/\s+/)]) {
      if (part.length >= SHORTEST) this.#values.add(part).add(encodeURIComponent(part));
    }
  }

  /** The text without them. The longest go first, because one may contain another. */
  hide(text) {
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((rest, value) => rest.replaceAll(value, HIDDEN), String(text));
  }

  /** The same for all strings of a JSON value, keys included. */
  hideIn(value) {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((item) => this.hideIn(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.hide(key), this.hideIn(item)]));
  }

  #addUrl(text) {
    if (!URL.canParse(text)) return;
    const url = new URL(text);
    this.add(decodeURIComponent(url.password));
    for (const value of url.searchParams.values()) this.add(value);
  }
}

/** A URL as it may be shown: without user, query and fragment. */
function shownUrl(text) {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

module.exports = { Secrets, shownUrl };
