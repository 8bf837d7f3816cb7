'use strict';
// The settings that the configuration files have, below what code and the environment say.

const { unwrap } = require('./errors.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');

/**
 * `given`, and from the files those of these names that it leaves undefined. Files that cannot be read have none.
 * Throws ERR_CONFIG for a value that breaks its rule.
 * @template {object} T
 * @param {T} given
 * @param {string[]} names
 * @returns {T}
 */
function withFileSettings(given, names) {
  const missing = names.filter((name) => given[name] === undefined);
  const host = missing.length === 0 ? undefined : projectHost();
  if (host === undefined) return given;
  const found = JSON.parse(unwrap(native().fileSettings(host, missing)));
  const settings = { ...given };
  for (const [name, value] of Object.entries(found)) settings[name] = value === 'Infinity' ? Infinity : value;
  return settings;
}

/** Undefined: the working directory is gone, and with it the project whose files would count. Whoever starts something is told. */
function projectHost() {
  try {
    return hostEnv();
  } catch {
    return undefined;
  }
}

module.exports = { withFileSettings };
