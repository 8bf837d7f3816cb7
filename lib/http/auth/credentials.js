'use strict';

const { ProcmanError } = require('../../api/errors.js');
const { authRequired, hasOwnToken } = require('./auth-required.js');
const { clientPackage } = require('../client-package.js');
const { LoginStore, withExpiry } = require('./login-store.js');
const { redeem, redeemBearer } = require('./redeem.js');
const { warn } = require('../warnings.js');

/** A token is refreshed this long before it ends. */
const SKEW_SECONDS = 60;
/** Refresh tokens that an authorization server refused for good; longer than a connection, because a refused one is made anew with each call. */
const dead = new Set();

/** The client package's AuthProvider over a login that mcporter stored: gives the access token, and renews it in time or when it is refused. */
class Credentials {
  #definition;
  #secrets;
  #store;
  #tokens;
  #refreshing;

  /** Undefined where the configuration itself gives the token. */
  static for(definition, secrets) {
    return hasOwnToken(definition) ? undefined : new Credentials(definition, secrets);
  }

  constructor(definition, secrets) {
    this.#definition = definition;
    this.#secrets = secrets;
    this.#store = new LoginStore(definition);
  }

  /** What the next request carries; undefined: nothing, many servers want none. */
  async token() {
    if (this.#tokens === undefined) await this.#load();
    if (this.#isAging(this.#tokens)) await this.#refreshed(this.#tokens.access_token).catch(() => {});
    return this.#tokens?.access_token;
  }

  /** The server refused the token. Returns when there is another; throws ERR_AUTH_REQUIRED. */
  async onUnauthorized({ response }) {
    const refused = this.#tokens?.access_token;
    if (refused === undefined) {
      // Somebody may have logged in since.
      await this.#load();
      if (this.#tokens === undefined) throw authRequired(this.#definition, 'nobody logged in to it yet', clientPackage().extractWWWAuthenticateParams(response));
      return;
    }
    await this.#refreshed(refused);
  }

  async #load() {
    try {
      const { tokens, client } = await this.#store.read();
      this.#keep(tokens, client);
    } catch (error) {
      throw authRequired(this.#definition, `its stored login cannot be read (${error.code ?? 'damaged'})`);
    }
  }

  #keep(tokens, client) {
    for (const secret of [tokens?.access_token, tokens?.refresh_token, tokens?.id_token, client?.client_secret]) this.#secrets.add(secret);
    this.#tokens = tokens;
  }

  /** One refresh at a time in this thread; the locks keep other threads and processes out. */
  #refreshed(refused) {
    this.#refreshing ??= this.#exclusively(() => this.#refresh(refused)).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #exclusively(task) {
    try {
      await this.#store.exclusively(task);
    } catch (error) {
      if (error instanceof ProcmanError) throw error;
      throw authRequired(this.#definition, `its token ended, and its stored login cannot be locked (${error.code ?? 'held by another process'})`);
    }
  }

  async #refresh(refused) {
    const { tokens, client } = await this.#store.read();
    this.#keep(tokens, client);
    if (tokens === undefined) throw authRequired(this.#definition, 'its login was removed');
    // Somebody else was faster.
    if (tokens.access_token !== refused && !this.#isAging(tokens)) return;
    if (typeof tokens.refresh_token !== 'string') throw authRequired(this.#definition, 'its token ended, and there is none to renew it with');
    if (dead.has(tokens.refresh_token)) throw authRequired(this.#definition, 'its login ended');
    const fresh = await this.#redeem(tokens, client);
    // The old one is worth nothing any more, whether or not the new one can be stored.
    this.#keep(fresh, client);
    this.#tokens = await this.#store.save(fresh).catch((error) => this.#notStored(error, fresh));
  }

  async #redeem(tokens, client) {
    try {
      return this.#definition.auth === 'refreshable_bearer' ? await redeemBearer(this.#definition, tokens) : await redeem(this.#definition, tokens, client);
    } catch (error) {
      if (error.isFinal) dead.add(tokens.refresh_token);
      throw authRequired(this.#definition, `its token ended and was not renewed (${error.reason ?? 'the authorization server was not reached'})`);
    }
  }

  /** This process goes on with it; the next one needs a login. */
  #notStored({ code = 'unknown error' }, fresh) {
    const message = `the renewed login of server '${this.#definition.name}' cannot be stored (${code}); make mcporter's data folder writable and log in again`;
    warn(message);
    return withExpiry(fresh);
  }

  #isAging(tokens) {
    if (tokens === undefined) return false;
    const skew = this.#definition.refresh?.refreshSkewSeconds ?? SKEW_SECONDS;
    const end = tokens.expires_at ?? tokens.expiresAt;
    if (typeof end === 'number') return end <= Date.now() / 1000 + skew;
    return typeof tokens.expires_in === 'number' && typeof tokens.refresh_token === 'string';
  }
}

module.exports = { Credentials };
