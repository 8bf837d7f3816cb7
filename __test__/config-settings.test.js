'use strict';
// The top-level `procman` key of a configuration file: below code and environment, above the defaults, taken at its first use.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { runNode } = require('./helpers/run-node.js');
const { standIn } = require('./helpers/programs.js');

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'procman-settings-')));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

/** What a program says that runs on this file. */
async function run(t, procman, script, env = {}) {
  const file = path.join(folder, `${t.title.replaceAll(/\W+/g, '-')}.json`);
  fs.writeFileSync(file, JSON.stringify({ imports: [], mcpServers: { s: standIn(), other: standIn() }, procman }, null, 1));
  const before = `const procman = require('.'); const say = (value) => console.log(JSON.stringify(value));`;
  const { code, stdout, stderr } = await runNode(`${before} (async () => { ${script} await procman.shutdown({ graceMs: 0 }); })();`, { env: { HOME: folder, MCPORTER_CONFIG: file, ...env } });
  t.is(code, 0, stderr);
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

test('the limit of calls comes from the file, below the environment, below code', async (t) => {
  const script = `say(procman.getSemaphoreStatus().maxConcurrent);`;
  t.deepEqual(await run(t, { maxConcurrent: 7 }, script), [7]);
  t.deepEqual(await run(t, { maxConcurrent: 7 }, script, { MCP_MAX_CONCURRENT: '5' }), [5]);
  t.deepEqual(await run(t, { maxConcurrent: 7 }, `procman.configure({ maxConcurrent: 4 }); ${script}`, { MCP_MAX_CONCURRENT: '5' }), [4]);
});

test('how long and how many may wait for a slot comes from the file', async (t) => {
  const script = `
    const permit = await procman.mcpSemaphore.acquire();
    const code = () => procman.mcpSemaphore.acquire().then(() => 'granted', (error) => error.code);
    say(await code());
    say(await procman.callToolAsync('s', 'pid').then(() => 'called', (error) => error.code));
    permit.release();`;
  t.deepEqual(await run(t, { maxConcurrent: 1, queueTimeout: 0 }, script), ['ERR_SEMAPHORE_TIMEOUT', 'ERR_SEMAPHORE_TIMEOUT']);
  t.deepEqual(await run(t, { maxConcurrent: 1, maxQueue: 0 }, script), ['ERR_SEMAPHORE_QUEUE_FULL', 'ERR_SEMAPHORE_QUEUE_FULL']);
});

test('the defaults of calls come from the file, below those of code and of the call', async (t) => {
  const script = `const code = async (options) => (await procman.callToolAsync('s', 'hold', {}, options)).code; say(await code()); say(await code({ timeoutMs: 2 }));`;
  t.deepEqual(await run(t, { timeoutMs: 1 }, script), ['ERR_CALL_TIMEOUT', 'ERR_CALL_TIMEOUT']);
  const tries = `say((await procman.callToolAsync('gone', 'x')).attempts);`;
  const gone = (configure) => `procman.configure({ servers: { gone: { command: process.execPath, args: ['-e', ''] } }, ...${configure} }); ${tries}`;
  t.deepEqual(await run(t, { maxRetries: 0 }, gone('{}')), [1]);
  t.deepEqual(await run(t, { maxRetries: 0 }, gone('{ maxRetries: 1 }')), [2]);
});

test('a pool without command and server runs the default server of the file', async (t) => {
  const script = `const pool = new procman.MCPServerPool({}); const server = await pool.getServer(); say(server.id); server.release(); await pool.shutdown();`;
  const [id] = await run(t, { defaultServer: 'other' }, script);
  t.regex(id, /^other/);
});

test('a wrong value is ERR_CONFIG with its place for who needs it, and a warning for the others', async (t) => {
  const script = `
    const error = await procman.mcpSemaphore.acquire().catch((error) => error);
    say([error.code, error.message]);
    say(await procman.callToolAsync('s', 'pid').then(({ code, error }) => [code, error]));
    say(procman.configurationSources().warnings);
    say(procman.listServers().length);`;
  const [acquired, called, warnings, servers] = await run(t, { maxConcurrent: 0 }, script);
  t.is(acquired[0], 'ERR_CONFIG');
  t.regex(acquired[1], /\.json:\d+:\d+: field 'procman\.maxConcurrent' must be a whole number from 1 to 2147483647, not 0/);
  t.deepEqual(called, acquired);
  t.is(warnings.length, 1);
  t.is(servers, 2);
  const timed = `say(await procman.callToolAsync('s', 'pid').then(({ code }) => code)); say(procman.getSemaphoreStatus().maxConcurrent);
    say((await procman.callToolAsync('s', 'pid', {}, { timeoutMs: 9000 })).success); say(procman.callTool('s', 'pid', {}, 9000).success); say(procman.callTool('s', 'pid').code);`;
  t.deepEqual(await run(t, { timeoutMs: -1 }, timed), ['ERR_CONFIG', 3, true, true, 'ERR_CONFIG'], 'a call that gives it itself needs none of the file');
  const tried = `say(await procman.callToolAsync('s', 'pid', {}, { timeoutMs: 9000 }).then(({ code }) => code)); say((await procman.callToolAsync('s', 'pid', {}, { maxRetries: 0 })).success);`;
  t.deepEqual(await run(t, { maxRetries: 1.5 }, tried), ['ERR_CONFIG', true]);
  t.deepEqual(await run(t, { maxConcurrent: 0 }, `say(procman.getSemaphoreStatus().maxConcurrent);`, { MCP_MAX_CONCURRENT: '2' }), [2]);
});

test('an unknown setting, and one that only code may give, is a warning', async (t) => {
  const [warnings] = await run(t, { maxConcurent: 1, auditLog: '/tmp/x' }, `say(procman.configurationSources().warnings);`);
  t.is(warnings.length, 2);
  t.regex(warnings[0], /field 'procman\.maxConcurent' is unknown; did you mean 'maxConcurrent'\?/);
  t.regex(warnings[1], /field 'procman\.auditLog' has no effect in a file; give it to configure\(\)/);
});

test('files that cannot be read have no settings: what needs none of their servers works', async (t) => {
  const script = `say(procman.getSemaphoreStatus().maxConcurrent); say((await procman.callToolAsync('s', 'pid')).code);`;
  t.deepEqual(await run(t, {}, script, { MCPORTER_CONFIG: path.join(folder, 'absent.json') }), [3, 'ERR_CONFIG']);
});

test('after shutdown() and configure() another file counts, for a limiter that is in use as well', async (t) => {
  const other = path.join(folder, 'other.json');
  fs.writeFileSync(other, JSON.stringify({ imports: [], mcpServers: {}, procman: { maxConcurrent: 2, timeoutMs: 3 } }));
  const wrong = path.join(folder, 'wrong.json');
  fs.writeFileSync(wrong, JSON.stringify({ imports: [], mcpServers: {}, procman: { maxConcurrent: 'x' } }));
  const script = `
    const size = () => procman.getSemaphoreStatus().maxConcurrent;
    say(size());
    procman.configure({ configPath: ${JSON.stringify(other)} });
    say(size());
    procman.configure({ configPath: ${JSON.stringify(wrong)} });
    try { procman.mcpSemaphore.tryAcquire(); say('taken'); } catch (error) { say(error.code); }
    procman.configure({ maxConcurrent: 6 });
    say(size());`;
  t.deepEqual(await run(t, { maxConcurrent: 8 }, script), [8, 2, 'ERR_CONFIG', 6]);
});

test('a timeout of Infinity given to configure() is none', async (t) => {
  t.deepEqual(await run(t, {}, `procman.configure({ timeoutMs: Infinity }); say(String(require('./lib/api/call-options.js').callOptions().timeoutMs));`), ['Infinity']);
});

test('what configure() said of the limiter holds in workers: no file beats it, and a wrong one stops none of their calls', async (t) => {
  const body = `
    const { parentPort } = require('node:worker_threads');
    const procman = require('.');
    (async () => {
      const { maxConcurrent } = procman.getSemaphoreStatus();
      const permits = await Promise.all(Array.from({ length: maxConcurrent }, () => procman.mcpSemaphore.acquire()));
      const refused = await procman.mcpSemaphore.acquire().catch(({ code }) => code);
      permits.forEach((permit) => permit.release());
      parentPort.postMessage([maxConcurrent, refused, (await procman.callToolAsync('s', 'pid')).success]);
    })();`;
  const script = (settings) => `
    const { Worker } = require('node:worker_threads');
    const { once } = require('node:events');
    procman.configure(${settings});
    const worker = new Worker(${JSON.stringify(body)}, { eval: true });
    say((await once(worker, 'message'))[0]);`;
  const full = script('{ maxConcurrent: 5, maxQueue: 0, queueTimeout: 9000 }');
  t.deepEqual(await run(t, { maxConcurrent: 2, maxQueue: 9, queueTimeout: 0 }, full), [[5, 'ERR_SEMAPHORE_QUEUE_FULL', true]]);
  t.deepEqual(await run(t, { maxConcurrent: 0, maxQueue: -1, queueTimeout: 'x' }, full), [[5, 'ERR_SEMAPHORE_QUEUE_FULL', true]]);
  const endless = script('{ maxConcurrent: 5, maxQueue: Infinity, queueTimeout: 0 }');
  t.deepEqual(await run(t, { maxConcurrent: 2, maxQueue: 0, queueTimeout: 9000 }, endless), [[5, 'ERR_SEMAPHORE_TIMEOUT', true]]);
});
