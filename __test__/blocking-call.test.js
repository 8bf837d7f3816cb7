'use strict';
// The blocking form beside asynchronous calls of the same turn of the loop.
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { standIn } = require('./helpers/programs.js');

const { callTool, callToolAsync } = procman;

test.before(() => procman.configure({ servers: { stand: standIn(), one: { ...standIn(), procman: { maxInstances: 1, maxCallsPerInstance: 1 } } } }));
nothingInFlightAfterEach(test);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

test.serial('a blocking call gets the server that a call of its own turn has: regression of a request held for the end of that turn', async (t) => {
  await Promise.all([callToolAsync('stand', 'pid'), callToolAsync('one', 'pid')]);
  // With a call in flight the next one of a turn is held.
  const inFlight = callToolAsync('stand', 'hold');
  const before = callToolAsync('one', 'echo', { text: 'before' }, Infinity);
  t.like(callTool('one', 'echo', { text: 'blocking' }, 5000), { success: true, output: 'blocking\n' });
  t.is((await before).output, 'before\n');
  await callToolAsync('stand', 'release');
  t.is((await inFlight).output, 'released\n');
});
