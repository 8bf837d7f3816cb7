'use strict';
// A program may end while its pools are busy.
const test = require('ava').default;

const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

/** Leaves with a lease held, a caller waiting for one, and a call in flight. On the native part itself: the API above it shuts down first. */
const program = (server) => `
  const { hostEnv } = require('./lib/api/host-env.js');
  const mailbox = require('./lib/api/mailbox.js');
  const native = require('./lib/api/native.js').native();
  const GRANTED = 9;
  const host = hostEnv();
  const numbers = Buffer.alloc(8 * 64);
  native.mailboxOpen(() => {
    const letters = native.mailboxDrain(numbers);
    if (letters[0] !== GRANTED) return;
    const lease = letters[2];
    native.leaseCall(lease, 'hold', '{}', 1, Infinity, Infinity, 0);
    for (const token of [2, 3]) {
      if (native.leaseAcquire(pool, null, -1, 0, token, host) !== -1) throw new Error('an exclusive pool of one has one holder');
    }
    // Wakes a task of the engine from this thread, which then has something of that task's runtime to tear down.
    native.leaseCancel(2);
    process.exit(7);
  });
  const options = { ...${JSON.stringify(server)}, sharing: 'exclusive', maxInstances: 1 };
  const pool = native.poolOpen(JSON.stringify(options), '{}', host);
  native.leaseAcquire(pool, null, -1, 0, 1, host);
  setInterval(() => {}, 1000);
`;

test('process.exit with a pool in use ends the process as it says, and not by an abort', async (t) => {
  const { code, signal, stderr } = await runNode(program(standIn()));
  t.is(signal, null, stderr);
  t.is(code, 7, stderr);
});
