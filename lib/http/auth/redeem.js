'use strict';
// Turns a refresh token into fresh tokens: by the discovery of the specification, or at the endpoint that the entry names.

const { clientPackage } = require('../client-package.js');

/** Shorter than anybody waits for the lock that is held meanwhile. */
const LIMIT_MS = 15_000;
/** Answers of RFC 6749 that no second try changes. */
const FINAL = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);

/** Why there are no fresh tokens, in words that quote nothing secret. */
class RedeemError extends Error {
  constructor(reason, { isFinal = false } = {}) {
    super(reason);
    this.reason = reason;
    this.isFinal = isFinal;
  }
}

/** As `mcporter` does for OAuth logins: asks the server who its authorization server is. */
async function redeem(definition, { refresh_token: refreshToken }, storedClient) {
  const { discoverOAuthServerInfo, refreshAuthorization, OAuthError } = clientPackage();
  const clientInformation = configuredClient(definition) ?? storedClient;
  if (clientInformation === undefined) throw new RedeemError('its client registration is missing');
  const fetchFn = limited();
  try {
    const { authorizationServerUrl, authorizationServerMetadata: metadata, resourceMetadata } = await discoverOAuthServerInfo(new URL(definition.url), { fetchFn });
    const resource = resourceOf(definition, resourceMetadata);
    return await refreshAuthorization(authorizationServerUrl, { metadata, clientInformation, refreshToken, fetchFn, ...(resource && { resource }) });
  } catch (error) {
    if (error instanceof OAuthError) throw new RedeemError(`the authorization server answered ${shownCode(error.code)}`, { isFinal: FINAL.has(error.code) });
    throw error;
  }
}

/** `auth: "refreshable_bearer"`: the entry says where and how. */
async function redeemBearer(definition, { refresh_token: refreshToken }) {
  const { refresh } = definition;
  if (refresh?.tokenEndpoint === undefined) throw new RedeemError('its entry has no refresh.tokenEndpoint');
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...clientAuthentication(definition, body) };
  const response = await limited()(refresh.tokenEndpoint, { method: 'POST', headers, body, redirect: 'error' });
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new RedeemError(`the token endpoint answered HTTP ${response.status}`, { isFinal: FINAL.has(answer?.error) });
  if (typeof answer?.access_token !== 'string' || answer.access_token === '') throw new RedeemError('the token endpoint gave no access_token');
  const expiresIn = Number(answer.expires_in ?? NaN);
  return {
    access_token: answer.access_token,
    token_type: answer.token_type || 'Bearer',
    ...(typeof answer.id_token === 'string' && { id_token: answer.id_token }),
    ...(typeof answer.scope === 'string' && { scope: answer.scope }),
    refresh_token: answer.refresh_token || refreshToken,
    ...(Number.isFinite(expiresIn) && { expires_in: expiresIn }),
  };
}

/** Puts the client into the body, or answers the header that carries it. */
function clientAuthentication(definition, body) {
  const { refresh, oauthTokenEndpointAuthMethod } = definition;
  const method = refresh.clientAuthMethod ?? oauthTokenEndpointAuthMethod ?? 'client_secret_basic';
  const id = fromVariable(definition, refresh.clientIdEnv) ?? definition.oauthClientId;
  const secret = method === 'none' ? undefined : (fromVariable(definition, refresh.clientSecretEnv) ?? clientSecret(definition));
  if (method === 'none' || method === 'client_secret_post') {
    if (id) body.set('client_id', id);
    if (secret) body.set('client_secret', secret);
    return {};
  }
  if (!id || !secret) throw new RedeemError(`client id and secret are needed for ${method}`);
  return { authorization: `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}` };
}

function configuredClient(definition) {
  const { oauthClientId, oauthTokenEndpointAuthMethod } = definition;
  if (!oauthClientId) return undefined;
  const secret = clientSecret(definition);
  return {
    client_id: oauthClientId,
    ...(secret && { client_secret: secret }),
    ...(oauthTokenEndpointAuthMethod && { token_endpoint_auth_method: oauthTokenEndpointAuthMethod }),
  };
}

const clientSecret = (definition) => fromVariable(definition, definition.oauthClientSecretEnv) ?? definition.oauthClientSecret;

function fromVariable({ variables = {} }, name) {
  if (!name) return undefined;
  if (!variables[name]) throw new RedeemError(`the variable ${name} is not set`);
  return variables[name];
}

/** Undefined where the server names none; a server that names another's is not followed. */
function resourceOf({ url }, metadata) {
  if (metadata === undefined) return undefined;
  const { checkResourceAllowed, resourceUrlFromServerUrl } = clientPackage();
  const requestedResource = resourceUrlFromServerUrl(new URL(url));
  if (checkResourceAllowed({ requestedResource, configuredResource: metadata.resource })) return new URL(metadata.resource);
  throw new RedeemError('the server names a resource that is not its own');
}

const limited = () => {
  const limit = AbortSignal.timeout(LIMIT_MS);
  return (url, init) => fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit });
};

const formEncoded = (text) => new URLSearchParams([['', text]]).toString().slice(1);

/** Codes are words of the specification; anything else is the server's own text. */
const shownCode = (code) => (/^[a-z_]{1,40}$/.test(code) ? code : 'an error');

module.exports = { redeem, redeemBearer };
