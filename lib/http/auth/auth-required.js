'use strict';

const { ProcmanError } = require('../../api/errors.js');
const { shownUrl } = require('../secrets.js');

/** What RFC 6749 lets a scope be. Anything else is not shown, because it came from outside. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e ]{1,200}$/;

/**
 * Names the command that logs in, because nothing else helps. `why` must not quote anything that came from outside.
 * @param {{scope?: string, lacks?: boolean}} [asked] the scope that the server asks for; `lacks`: there is a login, without that scope
 */
function authRequired(definition, why, { scope, lacks = false } = {}) {
  const { name, source } = definition;
  const shownScope = SCOPE.test(scope ?? '') ? scope : undefined;
  const login = `npx mcporter auth ${quoted(name)}${lacks ? ' --reset' : ''}`;
  const wider = lacks && shownScope !== undefined ? `add '${shownScope}' to oauthScope of its entry (${source}) and ` : '';
  const next = hasOwnToken(definition)
    ? `correct the Authorization header or bearer token of its entry (${source}), or remove it and log in: ${login}`
    : `${wider}log in: ${login}`;
  return new ProcmanError('ERR_AUTH_REQUIRED', `server '${name}' wants a login: ${why}; ${next}`, {
    details: { server: name, url: shownUrl(definition.url), login, ...(shownScope !== undefined && { scope: shownScope }) },
  });
}

/** A token that the configuration gives, and not a login. */
const hasOwnToken = ({ headers = {}, auth }) => auth !== 'oauth' && Object.keys(headers).some((key) => key.toLowerCase() === 'authorization');

const quoted = (name) => (/^[\w.@/:-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`);

module.exports = { authRequired, hasOwnToken };
