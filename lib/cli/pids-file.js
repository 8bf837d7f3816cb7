'use strict';

/** Where a project's development scripts record what they started. */
const PIDS_FILE = '.pids/services.pids';

module.exports = { PIDS_FILE };
