'use strict';
// What closeServer() ends: every call of that server that came before it, wherever it stands, so that no server runs when it has resolved.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('ava').default;

const { standIn } = require('./helpers/programs.js');
const { runNode } = require('./helpers/run-node.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-close-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

/** So many that the engine is still reading them when the close comes. */
const manyServers = () => Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`other${index}`, standIn()]));

test('a first call whose server closeServer() overtook started it afterwards', async (t) => {
  const config = path.join(folder, 'many.json');
  fs.writeFileSync(config, JSON.stringify({ mcpServers: { s: standIn(), ...manyServers() } }));
  const { stdout, stderr } = await runNode(
    `const { callToolAsync, closeServer, listServers, shutdown } = require('.');
    (async () => {
      const call = callToolAsync('s', 'pid', {});
      await closeServer('s', { graceMs: 100 });
      const { success, code } = await call;
      const { running } = (await listServers()).find(({ name }) => name === 's');
      console.log(JSON.stringify({ success, code, running }));
      await shutdown();
    })();`,
    { env: { MCPORTER_CONFIG: config } },
  );
  t.deepEqual(JSON.parse(stdout || '{}'), { success: false, code: 'ERR_CLOSED', running: 0 }, stderr);
});

const FAILING = {
  'a server that cannot start': { command: 'sh', args: ['-c', 'exit 1'] },
  'an HTTP server that nobody runs': { url: 'http://127.0.0.1:9/mcp' },
};

for (const [what, server] of Object.entries(FAILING)) {
  for (const close of ['closeServer("s")', 'shutdown()']) {
    test(`a call of ${what} went on between two tries behind ${close}`, async (t) => {
      const { stdout, stderr } = await runNode(`
        const { callToolAsync, closeServer, configure, shutdown } = require('.');
        configure({ servers: { s: ${JSON.stringify(server)} } });
        (async () => {
          // The one that does not try again tells when the other one waits.
          const [one, other] = [0, 5].map((maxRetries) => callToolAsync('s', 'x', {}, { maxRetries }));
          await one;
          await ${close};
          const { code, attempts } = await other;
          console.log(JSON.stringify({ code, again: attempts > 1 }));
          await shutdown();
        })();`);
      t.deepEqual(JSON.parse(stdout || '{}'), { code: 'ERR_CLOSED', again: false }, stderr);
    });
  }
}
