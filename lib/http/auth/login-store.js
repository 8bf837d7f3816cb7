'use strict';

const { withFileLock } = require('./file-lock.js');
const { legacyFolder } = require('./mcporter-paths.js');
const { TokenFolder } = require('./token-folder.js');
const { isHeaderValue } = require('../sendable.js');
const { Vault } = require('./vault.js');

/** A server's login, in all places where mcporter may look for it: read from the first that has one, written to all. */
class LoginStore {
  #places;

  constructor(definition) {
    const { name, tokenCacheDir } = definition;
    const vault = new Vault(definition);
    // mcporter moves what lies in the old folder into the vault each time it looks, so old tokens there must not stay behind.
    this.#places = tokenCacheDir === undefined ? [vault, new TokenFolder(legacyFolder(name), { onlyIfPresent: true })] : [new TokenFolder(tokenCacheDir), vault];
  }

  /** `{ tokens, client }`, each undefined where nobody logged in. */
  async read() {
    const found = {};
    for (const place of this.#places) {
      const { tokens, client } = await place.read();
      found.tokens ??= isUsable(tokens) ? tokens : undefined;
      found.client ??= client;
    }
    return found;
  }

  /** Answers the tokens as they are stored. */
  async save(tokens) {
    const dated = withExpiry(tokens);
    for (const place of this.#places) await place.save(dated);
    return dated;
  }

  /** Runs `task` while nobody else refreshes this login, in the order that everybody takes the locks in. */
  async exclusively(task) {
    const locks = (await Promise.all(this.#places.map((place) => place.locks()))).flat();
    const inOrder = [...new Set(locks)].sort();
    return inOrder.reduceRight((inner, lock) => () => withFileLock(lock, inner), task)();
  }
}

const isUsable = (tokens) => typeof tokens?.access_token === 'string' && tokens.access_token.trim() !== '' && isHeaderValue(tokens.access_token);

/** `expires_in` counts from a moment that nobody writes down. */
function withExpiry(tokens) {
  if (typeof tokens.expires_at === 'number' || typeof tokens.expires_in !== 'number') return tokens;
  return { ...tokens, expires_at: Math.floor(Date.now() / 1000) + tokens.expires_in };
}

module.exports = { LoginStore, withExpiry };
