'use strict';

/** Tells what of the configuration is ignored: the wrong server may be called because of it. */
function warnOfConfiguration(api, terminal) {
  for (const warning of api.configurationSources().warnings) terminal.warn(warning);
}

module.exports = { warnOfConfiguration };
