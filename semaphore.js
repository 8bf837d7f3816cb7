'use strict';

// `const Semaphore = require('@ops/procman/semaphore')`: the class itself.
module.exports = require('./lib/api/semaphore.js').Semaphore;
