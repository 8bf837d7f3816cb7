'use strict';
// Settings and servers given in code, as they arrive in the engine, and the editors' servers as JavaScript lists them.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const procman = require('..');
const { unwrap } = require('../lib/api/errors.js');
const { hostEnv } = require('../lib/api/host-env.js');
const { native } = require('../lib/api/native.js');

const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'procman-home-')));
const definition = (name) => JSON.parse(unwrap(native().serverDefinition(hostEnv(), name)));
const withPool = (settings) => ({ servers: { s: { command: 'x', procman: settings } } });

test.before(() => {
  process.env.HOME = home;
  delete process.env.XDG_CONFIG_HOME;
  fs.mkdirSync(path.join(home, '.cursor'));
  fs.writeFileSync(path.join(home, '.cursor/mcp.json'), JSON.stringify({ mcpServers: { edited: { url: 'https://x.test/mcp', headers: { 'X-Key': '${MY_KEY}' } } } }));
});
test.afterEach.always(async () => {
  delete process.env.PROCESS_POOL_SIZE;
  delete process.env.MY_KEY;
  await procman.shutdown({ graceMs: 0 });
});
test.after.always(() => fs.rmSync(home, { recursive: true }));

test.serial('Infinity and undefined survive their way into the engine', (t) => {
  procman.configure(withPool({ idleTimeout: Infinity, maxInstances: 2, maxRestarts: undefined }));
  const { pool } = definition('s');
  t.is(pool.idleTimeout, 'Infinity');
  t.is(pool.maxInstances, 2);
  t.is(pool.maxRestarts, 3);
});

test.serial('a wrong setting is refused with its name, value and rule', (t) => {
  procman.configure(withPool({ maxInstances: NaN }));
  const refused = t.throws(() => procman.listServers(), { code: 'ERR_INVALID_ARGUMENT' });
  t.regex(refused.message, /procman\.maxInstances.* must be a whole number, 1 or more, not null/);
  procman.configure(withPool({ maxInstnces: 2 }));
  const unknown = t.throws(() => procman.listServers(), { code: 'ERR_INVALID_ARGUMENT' });
  t.regex(unknown.message, /did you mean 'maxInstances'/);
});

test.serial('a variable that is no setting is named when it counts', (t) => {
  procman.configure({ servers: { s: { command: 'x' } } });
  process.env.PROCESS_POOL_SIZE = '5';
  t.is(definition('s').pool.maxInstances, 5);
  process.env.PROCESS_POOL_SIZE = 'five';
  const error = t.throws(() => definition('s'), { code: 'ERR_CONFIG' });
  t.regex(error.message, /PROCESS_POOL_SIZE .* not "five"/);
  t.is(error.details.variable, 'PROCESS_POOL_SIZE');
});

test.serial("an editor's server is listed with the editor's file, and its headers are filled in at the end", (t) => {
  procman.configure({});
  const file = path.join(home, '.cursor/mcp.json');
  t.like(procman.listServers().find(({ name }) => name === 'edited'), { transport: 'http', source: file });
  const error = t.throws(() => definition('edited'), { code: 'ERR_CONFIG' });
  t.regex(error.message, /MY_KEY/);
  process.env.MY_KEY = 'k-1';
  t.like(definition('edited'), { import: 'cursor', headers: { 'X-Key': 'k-1' } });
  t.throws(() => definition('nobody'), { code: 'ERR_SERVER_UNKNOWN' });
});
