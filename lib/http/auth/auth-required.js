'use strict';

const { ProcmanError } = require('../../../index.js');
const { shownUrl } = require('../secrets.js');

/** Names the command that logs in, because nothing else helps. `why` must not quote anything that came from outside. */
function authRequired(definition, why) {
  const { name, source } = definition;
  const login = `npx mcporter auth ${quoted(name)}`;
  const next = hasOwnToken(definition)
    ? `correct the Authorization header or bearer token of its entry (${source}), or remove it and log in: ${login}`
    : `log in: ${login}`;
  return new ProcmanError('ERR_AUTH_REQUIRED', `server '${name}' wants a login: ${why}; ${next}`, {
    details: { server: name, url: shownUrl(definition.url), login },
  });
}

/** A token that the configuration gives, and not a login. */
const hasOwnToken = ({ headers = {}, auth }) => auth !== 'oauth' && Object.keys(headers).some((key) => key.toLowerCase() === 'authorization');

const quoted = (name) => (/^[\w.@/:-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`);

module.exports = { authRequired, hasOwnToken };
