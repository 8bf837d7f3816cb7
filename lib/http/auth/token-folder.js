'use strict';

const path = require('node:path');
const { realPath } = require('./file-lock.js');
const { readJson, writeJson } = require('./json-file.js');
const { folderRefreshLock } = require('./mcporter-paths.js');

/** The login of one server in a folder of its own: `tokenCacheDir`, or mcporter's place before there was a vault. */
class TokenFolder {
  #tokens;
  #client;
  #onlyIfPresent;

  /** `onlyIfPresent`: new tokens are written only where old ones lie. */
  constructor(folder, { onlyIfPresent = false } = {}) {
    this.#tokens = path.join(folder, 'tokens.json');
    this.#client = path.join(folder, 'client.json');
    this.#onlyIfPresent = onlyIfPresent;
  }

  async read() {
    return { tokens: await readJson(this.#tokens), client: await readJson(this.#client) };
  }

  async save(tokens) {
    if (this.#onlyIfPresent && (await readJson(this.#tokens)) === undefined) return;
    await writeJson(this.#tokens, tokens);
  }

  async locks() {
    return this.#onlyIfPresent ? [] : [folderRefreshLock(await realPath(this.#tokens))];
  }
}

module.exports = { TokenFolder };
