'use strict';
// What went wrong, in procman's words. Owns the translation of the client package's errors; nothing of them goes on as `cause`, because
// they carry requests, answers and with them tokens.

const { ProcmanError } = require('../api/errors.js');
const { textOf } = require('../api/text-of.js');
const { authRequired } = require('./auth/auth-required.js');
const { clientPackage } = require('./client-package.js');
const { LOST } = require('./request-streams.js');
const { shownUrl } = require('./secrets.js');
const { shapeSentence } = require('./shape-errors.js');

/** The connection was never made, so nothing was sent. */
const UNREACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*)$/;
/** Statuses of a moment: too many requests, or a gateway in front of a server that is away. */
const PASSING = new Set([408, 429, 502, 503, 504]);
const QUOTED_CHARACTERS = 300;
/** How the transport of 2024 tells a status. */
const OLDER_REFUSAL = /^Error POSTing to endpoint \(HTTP (\d{3})\): ([\s\S]*)$/;
/** How the client package tells where a redirect points that it does not follow. */
const REDIRECT = /Redirect (?:to|from https to plain http not followed; try) (\S+) /;
/** What servers answer to a session that they do not know. */
const FORGOTTEN = /session|server not initialized/i;
/** Codes of the 2026-07-28 protocol. Older servers use these numbers for whatever they like. */
const MISSING_CLIENT_CAPABILITY = -32021;
const UNSUPPORTED_PROTOCOL_VERSION = -32022;

/**
 * @param {unknown} error what the client package threw
 * @param {{definition: object, secrets: object, connecting: boolean, session: boolean, modern: boolean}} context
 * @returns {{error: ProcmanError, sent: boolean, expired: boolean, doubtful?: boolean}} `expired`: the server forgot the session;
 *   `doubtful`: it may have, so further calls need another
 */
function failure(error, context) {
  const sent = !context.connecting;
  if (error instanceof ProcmanError) return { error, sent: false, expired: false };
  const { status, text, location } = refusalOf(error);
  if (isAuth(error, status)) return { error: loginWanted(error, status, context), sent: false, expired: false };
  if (status !== undefined) return { error: refused({ status, text, location }, context), sent, ...fateOfSession(status, text, context) };
  const { ProtocolError, SdkError } = clientPackage();
  if (error instanceof ProtocolError) return { error: error.data === LOST ? lost(context) : rpc(error, context), sent, expired: false };
  // The question for the protocol wraps what became of its connection.
  if (error instanceof SdkError && isFetchFailure(error.cause)) return ofNetwork(error.cause, context);
  if (error instanceof SdkError) return { error: ofSdk(error, context), sent, expired: false };
  return ofNetwork(error, context);
}

/** closeServer() or shutdown() came in between. */
function closedByHost({ name }) {
  return new ProcmanError('ERR_CLOSED', `server '${name}' was closed by its host; the next call starts it again`, { details: { server: name } });
}

/** The status that the server answered, what it said, and where it sends its clients. */
function refusalOf(error) {
  const { ProtocolError, SdkError, SdkHttpError, SseError } = clientPackage();
  const text = String(error?.data?.text ?? '');
  const location = REDIRECT.exec(error?.message ?? '')?.[1];
  if (error instanceof SdkHttpError) return { status: error.status, text, location };
  if (error instanceof SseError && typeof error.code === 'number') return { status: error.code, text };
  // What a server's own answer says is no status, whatever its words.
  if (error instanceof ProtocolError || error instanceof SdkError) return {};
  const [, status, said] = OLDER_REFUSAL.exec(error?.message ?? '') ?? [];
  return status === undefined ? {} : { status: Number(status), text: said, location };
}

function isAuth(error, status) {
  const { UnauthorizedError, InsufficientScopeError } = clientPackage();
  return status === 401 || status === 403 || error instanceof UnauthorizedError || error instanceof InsufficientScopeError;
}

function loginWanted(error, status, { definition, secrets }) {
  const { InsufficientScopeError } = clientPackage();
  if (error instanceof InsufficientScopeError) {
    const scope = error.requiredScope && secrets.hide(error.requiredScope);
    return authRequired(definition, 'its login lacks a scope', { scope, lacks: true });
  }
  return authRequired(definition, `the server refused the request${status === undefined ? '' : ` (HTTP ${status})`}`);
}

/** The specification says 404. Servers of older examples answer 400 and name the session, and one that was started again misses `initialize`. */
function fateOfSession(status, text, { session }) {
  const forgotten = FORGOTTEN.test(text);
  const doubtful = session && (status === 404 || status === 400) && (forgotten || !answersRequest(text));
  return { expired: doubtful && (status === 404 || forgotten), doubtful };
}

/** Whether it is the error of a request: who does not know the session says so to nobody (`id` null), or in words of its own. */
function answersRequest(text) {
  try {
    const { jsonrpc, id, error } = JSON.parse(text) ?? {};
    return jsonrpc === '2.0' && (id ?? null) !== null && typeof error === 'object';
  } catch {
    return false;
  }
}

function refused({ status, text, location }, { definition, secrets }) {
  const about = `server '${definition.name}' at ${shownUrl(definition.url)} answered HTTP ${status}`;
  if (location !== undefined && status >= 300 && status < 400) return redirected(about, secrets.hide(location), status, definition);
  const quote = secrets.hide(text.slice(0, QUOTED_CHARACTERS).trim());
  const message = `${about}${quote && `: ${quote}`}; look at the server's own log, or correct its URL`;
  return new ProcmanError('ERR_SERVER_PROTOCOL', message, { details: detailsOf(definition, { status }), retryable: PASSING.has(status) });
}

function redirected(about, location, status, definition) {
  const message = `${about}, a redirect to ${location}, which is not followed; if that is the intended server, make it the URL of its entry (${definition.source})`;
  return new ProcmanError('ERR_SERVER_PROTOCOL', message, { details: detailsOf(definition, { status, location }) });
}

function rpc(error, { definition, secrets, modern }) {
  const rpcMessage = secrets.hide(error.message);
  const rpcData = secrets.hideIn(error.data ?? null);
  // Thrown before anybody knows the protocol, by the client itself.
  const isModern = modern || error instanceof clientPackage().UnsupportedProtocolVersionError;
  const [code, message, more] = meaning(error.code, rpcMessage, rpcData, isModern);
  return new ProcmanError(code, `server '${definition.name}' ${message}`, {
    details: detailsOf(definition, { rpcCode: error.code, rpcMessage, rpcData, ...more }),
  });
}

/** The same table as `src/mcp/connection/rpc_error.rs`. */
function meaning(code, said, data, modern) {
  if (modern && code === MISSING_CLIENT_CAPABILITY) {
    return ['ERR_INPUT_REQUIRED', `needs to ask its caller something (${said}); pass onInputRequired`, { requiredCapabilities: data?.requiredCapabilities }];
  }
  if (modern && code === UNSUPPORTED_PROTOCOL_VERSION) {
    return ['ERR_SERVER_PROTOCOL', `does not speak the version of this request: ${said}; it speaks ${JSON.stringify(data?.supported ?? null)}`, {}];
  }
  return ['ERR_RPC', `answered with error ${code}: ${said}`, {}];
}

/** @param {string} [errno] what the socket, the parser or the decoder said, where one did */
function lost({ definition, connecting }, errno) {
  const code = connecting ? 'ERR_SERVER_START' : 'ERR_SERVER_EXITED';
  const message = `the connection to server '${definition.name}' at ${shownUrl(definition.url)} was lost before it answered${errno === undefined ? '' : ` (${errno})`}; repeat the call only if the tool may run twice`;
  return new ProcmanError(code, message, { details: detailsOf(definition, errno === undefined ? {} : { errno }), retryable: true });
}

function ofSdk(error, context) {
  const { SdkErrorCode } = clientPackage();
  const { definition, secrets, connecting } = context;
  if (error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.NotConnected) return lost(context);
  if (error.code === SdkErrorCode.EraNegotiationFailed && error.cause === undefined) return older(definition);
  const silent = error.code === SdkErrorCode.RequestTimeout;
  const text = silent ? 'did not answer initialize in time' : `broke the protocol: ${secrets.hide(shapeSentence(error.message)).slice(0, QUOTED_CHARACTERS)}`;
  const message = `server '${definition.name}' at ${shownUrl(definition.url)} ${text}; check that the URL is the server's MCP endpoint`;
  return new ProcmanError(connecting && silent ? 'ERR_SERVER_START' : 'ERR_SERVER_PROTOCOL', message, { details: detailsOf(definition), retryable: silent });
}

/** The same words as of a server over stdio. */
function older(definition) {
  const what = `server '${definition.name}' at ${shownUrl(definition.url)} does not speak MCP ${definition.pool?.protocol}, which 'protocol' in its entry (${definition.source}) asks for`;
  const next = 'if it is an older server, set "protocol": "auto" or "legacy" in the `procman` part of its entry';
  return new ProcmanError('ERR_SERVER_PROTOCOL', `${what}; ${next}`, { details: detailsOf(definition) });
}

function ofNetwork(error, context) {
  const { definition, secrets, connecting } = context;
  const code = causeCode(error);
  if (code === undefined && !isFetchFailure(error)) return { error: ofSdk({ message: textOf(error) }, context), sent: !connecting, expired: false };
  const reason = secrets.hide(code ?? error.cause?.message ?? error.message);
  if (!connecting && !UNREACHED.test(code ?? '')) return { error: lost(context, code), sent: true, expired: false };
  const message = `server '${definition.name}' at ${shownUrl(definition.url)} cannot be reached (${reason}); check its URL and whether it runs`;
  return { error: new ProcmanError('ERR_SERVER_START', message, { details: detailsOf(definition, { errno: code ?? null }), retryable: true }), sent: false, expired: false };
}

const isFetchFailure = (error) => error instanceof TypeError && /fetch failed|terminated|network/i.test(error.message);

/** `fetch` wraps the reason, sometimes twice. */
function causeCode(error) {
  for (let at = error; at !== undefined && at !== null; at = at.cause ?? at.errors?.[0]) {
    if (typeof at.code === 'string' && at.code !== '') return at.code;
  }
  return undefined;
}

const detailsOf = (definition, more = {}) => ({ server: definition.name, url: shownUrl(definition.url), ...more });

module.exports = { closedByHost, failure };
