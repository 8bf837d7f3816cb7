'use strict';
// What a server writes where JSON belongs and is none: it costs the call its answer, and nobody else anything.
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { standIn } = require('./helpers/programs.js');

const { callToolAsync, callToolRaw, request } = procman;

/** As servers wrote them: a raw tab and a raw NUL in a string, a comma too many, half a word. */
const NO_JSON = ['{"content":[{"type":"text","text":"a\tb"}]}', '{"content":[{"type":"text","text":"a\0b"}]}', '{"content":[],}', '{"content":[],"x":tru}', 'nul'];
/** Beyond what is copied to JavaScript at once. */
const LARGE = `{"content":["${'x'.repeat(100_000)}"],}`;

test.before(() => procman.configure({ servers: { stand: standIn() } }));
nothingInFlightAfterEach(test);
test.after.always(() => procman.shutdown({ graceMs: 0 }));

for (const result of [...NO_JSON, LARGE]) {
  test.serial(`a result that is no JSON is ERR_SERVER_PROTOCOL in every form of a call: ${JSON.stringify(result.slice(0, 40))}`, async (t) => {
    const { code, error: message } = await callToolAsync('stand', 'raw', { result });
    t.is(code, 'ERR_SERVER_PROTOCOL');
    t.regex(message, /the server's result is not JSON, it begins/);
    await t.throwsAsync(callToolRaw('stand', 'raw', { result }), { code, message });
    await t.throwsAsync(request('stand', 'raw/result', { result }), { code, message });

    const pool = new procman.MCPServerPool({ server: 'stand', maxInstances: 1 });
    const lease = await pool.getServer();
    await t.throwsAsync(lease.callTool('raw', { result }), { code, message });
    await t.throwsAsync(lease.request('raw/result', { result }), { code, message });
    await pool.shutdown({ graceMs: 0 });
  });
}

test.serial('progress that is no JSON is not told, and the call has its answer', async (t) => {
  const told = [];
  const onProgress = ({ progress }) => told.push(progress);
  for (const progress of ['tru', '1,', '"a\tb"', '7']) t.is((await callToolAsync('stand', 'raw_progress', { progress }, { onProgress })).output, 'progressed\n');
  t.deepEqual(told, [7]);
});
