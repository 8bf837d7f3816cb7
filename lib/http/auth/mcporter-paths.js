'use strict';
// Where mcporter keeps what it knows about logins.

const { createHash } = require('node:crypto');
const os = require('node:os');
const path = require('node:path');

const LABEL_LENGTH = 40;

/** Its folder of old, and of those who set no XDG variables. */
const homeFolder = () => path.join(os.homedir(), '.mcporter');

function dataFolder() {
  const given = process.env.XDG_DATA_HOME?.trim() ?? '';
  const expanded = given.replace(/^~(?=\/|$)/, os.homedir());
  return path.isAbsolute(expanded) ? path.join(expanded, 'mcporter') : homeFolder();
}

const vaultFile = () => path.join(dataFolder(), 'credentials.json');

/** The folder of one server before there was a vault. */
const legacyFolder = (server) => path.join(homeFolder(), server);

/** The key of a server's entry in the vault: a changed URL is another entry. */
function vaultKey({ name, url }) {
  const descriptor = { name, url: new URL(url).toString(), command: null };
  return `${name}|${digest(JSON.stringify(descriptor))}`;
}

/** What mcporter 0.13 locks while it refreshes the tokens of a vault entry. */
const vaultRefreshLock = (key) => refreshLock(key.split('|')[0], `vault:${key}`);

/** The same for tokens in a folder. */
const folderRefreshLock = (tokens) => refreshLock(path.basename(path.dirname(tokens)), `dir:${tokens}`);

function refreshLock(label, identity) {
  const safe = label.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._-]+/, '').slice(0, LABEL_LENGTH);
  return path.join(dataFolder(), 'refresh-locks', safe === '' ? digest(identity) : `${safe}-${digest(identity)}`);
}

const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);

module.exports = { vaultFile, legacyFolder, vaultKey, vaultRefreshLock, folderRefreshLock };
