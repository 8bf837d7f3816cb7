'use strict';
// The official client package: loaded with the first call of an HTTP server and never before.

const { ProcmanError } = require('../api/errors.js');

const NAME = '@modelcontextprotocol/client';

let loaded;

/** Throws ERR_UNSUPPORTED where it is not installed: it is an optional dependency. */
function clientPackage() {
  loaded ??= load();
  return loaded;
}

function load() {
  try {
    return require(NAME);
  } catch (cause) {
    throw new ProcmanError('ERR_UNSUPPORTED', `HTTP servers need the package ${NAME}, which cannot be loaded: ${cause.message.split('\n')[0]}; npm install ${NAME}`, {
      details: { package: NAME },
      cause,
    });
  }
}

module.exports = { clientPackage };
