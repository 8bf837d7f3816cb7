'use strict';

const test = require('ava').default;
const { runNode } = require('./helpers/run-node.js');

/** The mailbox over a native part that hands out these letters. */
const program = `
  const file = require.resolve('./lib/api/native.js');
  let deliver;
  const native = { mailboxOpen: (wake) => (deliver = wake), mailboxDrain: () => [1, 'first', 7, 'second', 'answer', 1, 'third'] };
  require.cache[file] = { id: file, filename: file, loaded: true, exports: { native: () => native } };
  const mailbox = require('./lib/api/mailbox.js');
  const seen = [];
  mailbox.onLetter('permitGranted', (letters, at) => {
    seen.push(letters[at]);
    if (letters[at] === 'first') throw new Error('a bug of a handler');
  });
  mailbox.onLetter('done', (letters, at) => seen.push(letters[at]));
  process.on('uncaughtException', (error) => console.log(JSON.stringify({ seen, told: error.message })));
  mailbox.open();
  deliver();`;

test('a handler that throws is told and takes no other letter of its batch along', async (t) => {
  const { stdout, stderr } = await runNode(program);
  t.deepEqual(JSON.parse(stdout), { seen: ['first', 'second', 'third'], told: 'a bug of a handler' }, stderr);
});
