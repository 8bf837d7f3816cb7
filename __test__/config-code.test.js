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
const { current } = require('../lib/api/settings.js');

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
  const refused = t.throws(() => procman.configure(withPool({ maxInstances: NaN })), { code: 'ERR_INVALID_ARGUMENT' });
  t.regex(refused.message, /procman\.maxInstances.* must be a whole number, 1 or more, not null/);
  const unknown = t.throws(() => procman.configure(withPool({ maxInstnces: 2 })), { code: 'ERR_INVALID_ARGUMENT' });
  t.regex(unknown.message, /did you mean 'maxInstances'/);
});

const WRONG = {
  'nothing to run': [{}, /server 'bad' needs either a 'command' or a 'url'/],
  'both ways to reach it': [{ command: 'x', url: 'https://x.test' }, /and not both/],
  'an empty command': [{ command: '' }, /needs either/],
  'a command that is a number': [{ command: 5 }, /field 'command' of server 'bad'/],
  'arguments that are a string': [{ command: 'x', args: 'y' }, /field 'args' of server 'bad'/],
  'a variable that is a number': [{ command: 'x', env: { A: 1 } }, /field 'env\.A' of server 'bad'/],
  'a name of no variable': [{ command: 'x', env: { 'A=B': '1' } }, /field 'env\.A=B' of server 'bad'/],
  'a folder that is a number': [{ command: 'x', cwd: 5 }, /field 'cwd' of server 'bad'/],
  'a URL that is none': [{ url: 'nowhere' }, /field 'url' of server 'bad'/],
  'a misspelt field': [{ comand: 'x' }, /did you mean 'command'/],
  'settings that are no object': [{ command: 'x', procman: 5 }, /field 'procman' of server 'bad'/],
  'a number that JSON does not have': [{ command: 'x', args: [1n] }, /options must be plain data/],
};

for (const [title, [bad, message]] of Object.entries(WRONG)) {
  test.serial(`${title}: configure() says so at once and changes nothing`, (t) => {
    const good = { command: 'x' };
    procman.configure({ servers: { kept: good }, timeoutMs: 7 });
    const error = t.throws(() => procman.configure({ servers: { good, bad }, timeoutMs: 8, maxConcurrent: 9 }), { code: 'ERR_INVALID_ARGUMENT' });
    t.regex(error.message, message);
    t.is(current().timeoutMs, 7);
    t.is(procman.getSemaphoreStatus().maxConcurrent, 3);
    t.deepEqual(procman.listServers().filter(({ source }) => source === 'code').map(({ name }) => name), ['kept']);
  });
}

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
