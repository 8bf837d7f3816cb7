'use strict';
// The 2026-07-28 protocol through the public functions: against a server of the official SDK, and against one that dies of the question.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { nothingInFlightAfterEach } = require('./helpers/nothing-in-flight.js');
const { example, root } = require('./helpers/programs.js');

const { callToolAsync, callToolRaw } = procman;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-modern-'));
const stateDir = path.join(folder, 'state');
const starts = (name) => fs.readFileSync(path.join(folder, name), 'utf8').trim().split('\n').length;

const official = (name, protocol, ...args) => ({
  command: process.execPath,
  args: [path.join(__dirname, 'fixtures', 'modern-server.mjs'), ...args],
  env: { START_LOG: path.join(folder, name) },
  ...(protocol && { procman: { protocol } }),
});
/** Writes a line per start, then becomes the server. */
const logged = (name, mode, protocol) => ({
  command: 'sh',
  args: ['-c', `echo started >> ${path.join(folder, name)}; exec ${example('modern_server')} ${mode}`],
  procman: { protocol },
});
const SERVERS = {
  modern: official('modern', '2026-07-28'),
  auto: official('auto', 'auto'),
  legacy: official('legacy'),
  only: official('only', undefined, 'modern'),
  fragile: logged('fragile', 'fragile', 'auto'),
  blunt: { command: example('modern_server'), args: ['dual'], procman: { protocol: '2026-07-28' } },
  mismatch: logged('mismatch', 'legacy', '2026-07-28'),
};

test.before(() => procman.configure({ servers: SERVERS, stateDir, maxRetries: 0 }));
nothingInFlightAfterEach(test);
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

test.serial('a server is spoken to as configured, and as it insists', async (t) => {
  for (const [name, modern] of [['modern', true], ['auto', true], ['legacy', false], ['only', true]]) {
    const { output } = await callToolAsync(name, 'era');
    const { envelope } = JSON.parse(output);
    t.is(envelope?.['io.modelcontextprotocol/protocolVersion'], modern ? '2026-07-28' : undefined, name);
    t.is(starts(name), 1, name);
    t.is((await procman.listTools(name)).length, 8, name);
  }
  const { error } = await callToolAsync('mismatch', 'era');
  t.regex(error, /server\/discover.*"protocol": "auto"/s);
});

test.serial('a server that dies of the question is started once more, and not asked again by the next process', async (t) => {
  t.is((await callToolAsync('fragile', 'echo')).output, 'fine\n');
  t.is(starts('fragile'), 2);
  const script = `const procman = require(${JSON.stringify(root)});
    procman.configure(${JSON.stringify({ servers: { fragile: SERVERS.fragile }, stateDir })});
    procman.callToolAsync('fragile', 'echo').then(({ output }) => { process.stdout.write(output); return procman.shutdown(); });`;
  t.is(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }), 'fine\n');
  t.is(starts('fragile'), 3);
  // The control: without what was learned it is asked again.
  t.is(execFileSync(process.execPath, ['-e', script.replaceAll(stateDir, path.join(folder, 'other'))], { encoding: 'utf8' }), 'fine\n');
  t.is(starts('fragile'), 5);
});

test.serial('a question that breaks the rules, and what is a question in one protocol only', async (t) => {
  // A server that asks although its client declared nothing.
  const blunt = await t.throwsAsync(callToolRaw('blunt', 'ask-on'), { code: 'ERR_INPUT_REQUIRED' });
  t.deepEqual(blunt.details.inputRequests, { again: { method: 'roots/list' } });
  await t.throwsAsync(callToolRaw('blunt', 'asks-nothing'), { code: 'ERR_SERVER_PROTOCOL' });
  // The control: in the older protocol it is only a result with an odd field.
  t.is((await callToolRaw('fragile', 'ask-on')).resultType, 'input_required');
});
