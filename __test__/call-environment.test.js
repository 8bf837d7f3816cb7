'use strict';
// A server starts from the environment of the moment at which somebody needed it.
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { textOf } = require('./helpers/pools.js');
const { standIn } = require('./helpers/programs.js');

const { callToolAsync, closeServer } = procman;
const ROUNDS = 30;

test.before(() => procman.configure({ servers: { stand: standIn() } }));
nothingInFlightAfterEach(test);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

/** What the server that answers sees of a variable that the host just changed. */
async function seenWith(value, ask) {
  process.env.ROTATED = value;
  const seen = await ask('env', { name: 'ROTATED' });
  await closeServer('stand', { graceMs: 0 });
  return seen;
}

const call = async (...question) => (await callToolAsync('stand', ...question)).output.trim();

async function lease(...question) {
  const server = await procman.pools.getPool('stand').getServer();
  const seen = textOf(await server.callTool(...question));
  server.release();
  return seen;
}

test.serial('each start sees the environment of its call: regression of starts that were faster than the news of it', async (t) => {
  const wanted = Array.from({ length: ROUNDS }, (_, round) => `call ${round}`);
  const seen = [];
  for (const value of wanted) seen.push(await seenWith(value, call));
  t.deepEqual(seen, wanted);
});

test.serial('a call starts its server from where it is, and not from where somebody took a lease before', async (t) => {
  t.is(await seenWith('lease', lease), 'lease');
  t.is(await seenWith('call', call), 'call');
  t.is(await seenWith('lease again', lease), 'lease again');
});
