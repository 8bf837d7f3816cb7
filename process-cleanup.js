'use strict';

// `const cleanup = require('@ops/procman/process-cleanup')`: the singleton itself.
module.exports = require('./index.js').cleanup;
