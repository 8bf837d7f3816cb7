'use strict';
// The open leases of this thread, and the letters about them.

const mailbox = require('../mailbox.js');

/** Leases by number, from the grant until they are given back. */
const leases = new Map();

mailbox.onLetter('leaseNotice', (letters, at) => {
  const { event, ...info } = JSON.parse(letters[at + 1]);
  leases.get(letters[at])?.notice(event, info);
});

mailbox.onLetter('leaseNotification', (letters, at) => {
  const notification = JSON.parse(letters[at + 1]);
  for (const number of letters[at]) leases.get(number)?.notice('notification', notification);
});

module.exports = { leases };
