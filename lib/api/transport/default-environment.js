'use strict';
// What a server inherits that was given no environment of its own: the list of the official SDK, so that a changed import leaks nothing new.

/** Names of the variables, on this platform. */
const DEFAULT_INHERITED_ENV_VARS = Object.freeze(['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER']);

/** Those of the variables that are set and hold no exported shell function. */
function getDefaultEnvironment() {
  const inherited = DEFAULT_INHERITED_ENV_VARS.map((name) => [name, process.env[name]]);
  return Object.fromEntries(inherited.filter(([, value]) => value !== undefined && !value.startsWith('()')));
}

module.exports = { DEFAULT_INHERITED_ENV_VARS, getDefaultEnvironment };
