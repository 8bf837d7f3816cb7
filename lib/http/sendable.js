'use strict';
// What of an entry can never be sent, told before anything is: the client package would quote it, and blame the server. Pure.

const { ProcmanError } = require('../api/errors.js');

/** Throws ERR_CONFIG that names the part of the entry, and never its value: that may be a secret. */
function assertSendable(definition) {
  const { headers = {}, url } = definition;
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeader(name, '')) throw unsendable(definition, { header: name }, `${JSON.stringify(name)} is no name of a header`);
    if (!isHeader(name, value)) throw unsendable(definition, { header: name }, `the value of header '${name}' has a line break, or a character that no header can carry`);
  }
  const { username, password } = new URL(url);
  if (username || password) throw unsendable(definition, { field: 'url' }, `its URL has a user name or password, which is not sent; use an Authorization header or bearerToken, and leave it out there`);
}

/** Spaces around a value do no harm, line breaks at its ends among them. */
function isHeader(name, value) {
  try {
    return new Headers([[name, value]]) !== undefined;
  } catch {
    return false;
  }
}

const isHeaderValue = (value) => isHeader('x', value);

function unsendable({ name, source }, part, what) {
  return new ProcmanError('ERR_CONFIG', `server '${name}' cannot be asked: ${what}; correct its entry (${source})`, { details: { server: name, ...part } });
}

module.exports = { assertSendable, isHeaderValue };
