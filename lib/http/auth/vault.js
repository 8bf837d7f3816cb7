'use strict';

const { withFileLock } = require('./file-lock.js');
const { readJson, writeJson } = require('./json-file.js');
const { vaultFile, vaultKey, vaultRefreshLock } = require('./mcporter-paths.js');

/** mcporter 0.12 writes 1, later versions 2; the entries are the same. */
const VERSIONS = [1, 2];
const NEW_VAULT = { version: 1, entries: {} };

/** One server's entry in mcporter's vault, the file in which `mcporter auth` leaves tokens. Everything else in it stays as it is. */
class Vault {
  #definition;
  #key;

  constructor(definition) {
    this.#definition = definition;
    this.#key = vaultKey(definition);
  }

  async read() {
    const { entries } = await readVault();
    const own = entry(entries[this.#key]);
    const inherited = this.#inherited(entries, own);
    return { tokens: own?.tokens ?? inherited?.tokens, client: own?.clientInfo ?? (own?.tokens ? undefined : inherited?.clientInfo) };
  }

  async save(tokens) {
    await withFileLock(vaultFile(), async () => {
      const vault = await readVault();
      const own = entry(vault.entries[this.#key]);
      const { name: serverName, url } = this.#definition;
      const inherited = own?.tokens === undefined ? this.#inherited(vault.entries, own)?.clientInfo : undefined;
      const clientInfo = own?.clientInfo ?? inherited;
      vault.entries[this.#key] = {
        ...(own ?? { serverName, serverUrl: new URL(url).toString() }),
        tokens,
        ...(clientInfo !== undefined && { clientInfo }),
        updatedAt: new Date().toISOString(),
      };
      await writeJson(vaultFile(), vault);
    });
  }

  /** All that must be held while the tokens are refreshed. */
  async locks() {
    const { entries } = await readVault();
    return [this.#key, ...this.#heirs(entries).map(([key]) => key)].map(vaultRefreshLock);
  }

  /** Logins that were made under the name NAME-oauth count for NAME; with several clients only those of the same one. */
  #inherited(entries, own) {
    const client = this.#definition.oauthClientId ?? own?.clientInfo?.client_id;
    const fits = ({ clientInfo }) => (client === undefined ? clientInfo?.client_id !== undefined : clientInfo?.client_id === client);
    const newestFirst = this.#heirs(entries).sort(([, a], [, b]) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt));
    return newestFirst.map(([, found]) => found).find(fits);
  }

  #heirs(entries) {
    const { name, url } = this.#definition;
    const serverUrl = new URL(url).toString();
    const isHeir = (found) => found?.serverUrl === serverUrl && found.serverName === `${name}-oauth`;
    return Object.entries(entries).filter(([key, found]) => key !== this.#key && isHeir(entry(found)));
  }
}

async function readVault() {
  const vault = await readJson(vaultFile());
  const usable = VERSIONS.includes(vault?.version) && typeof vault.entries === 'object' && vault.entries !== null;
  return usable ? vault : structuredClone(NEW_VAULT);
}

/** Undefined for what mcporter would not take for an entry. */
const entry = (found) => (typeof found?.serverName === 'string' && typeof found.updatedAt === 'string' ? found : undefined);

module.exports = { Vault };
