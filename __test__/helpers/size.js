'use strict';

/** `npm run soak` runs the suites at their full size; `npm test` takes the short form. */
const soak = process.env.PROCMAN_SOAK === '1';

/** How often: the full size under soak, else the short one. */
const size = (full, short) => (soak ? full : short);

module.exports = { soak, size };
