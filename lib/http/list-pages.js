'use strict';

const { ProcmanError } = require('../api/errors.js');
const { LISTS } = require('./list-kinds.js');

/** A server whose list never ends is told from one with a long list by this many pages. */
const MOST = 1000;

/**
 * All pages of a list as one: the first page with the elements of all, without a cursor, and the shortest `ttlMs`.
 * @param {string} server for messages
 * @param {string} method
 * @param {(params: object | undefined) => Promise<object>} ask
 * @throws ERR_SERVER_PROTOCOL for pages without an end, or without the list
 */
async function allPages(server, method, ask) {
  const { field } = LISTS[method];
  const seen = new Set();
  const whole = await ask(undefined);
  for (let page = whole; ; ) {
    if (!Array.isArray(page?.[field])) throw broken(server, method, `no ${field}`);
    if (page !== whole) join(whole, page, field);
    const cursor = page.nextCursor;
    if (typeof cursor !== 'string') break;
    if (seen.has(cursor) || seen.size === MOST) throw broken(server, method, 'pages without an end');
    seen.add(cursor);
    page = await ask({ cursor });
  }
  delete whole.nextCursor;
  return whole;
}

function join(whole, page, field) {
  whole[field] = whole[field].concat(page[field]);
  if (whole.ttlMs !== undefined) whole.ttlMs = Math.min(whole.ttlMs, page.ttlMs ?? 0);
}

function broken(server, method, what) {
  return new ProcmanError('ERR_SERVER_PROTOCOL', `server '${server}' answered ${method} with ${what}; report it to its author`, { details: { server } });
}

module.exports = { allPages };
