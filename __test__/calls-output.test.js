'use strict';
// `output` is what `mcporter call server.tool` prints, on the real servers; the rules themselves are tried in mcporter-output.test.mjs.
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const test = require('ava').default;

const procman = require('..');
const { registryServer, root } = require('./helpers/programs.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-output-'));
const config = path.join(folder, 'mcporter.json');
const data = path.join(folder, 'data');
const mcporter = path.join(root, 'node_modules', 'mcporter', 'dist', 'cli.js');
const run = promisify(execFile);

test.before(() => {
  fs.mkdirSync(data);
  fs.writeFileSync(path.join(data, 'note.txt'), 'erste Zeile\nžluťoučký kůň 🐴\n');
  fs.writeFileSync(path.join(data, 'numbers.json'), '{"b": 1.50, "a": [1e21, -0]}');
  const mcpServers = { everything: registryServer('server-everything', 'stdio'), files: registryServer('server-filesystem', data) };
  fs.writeFileSync(config, JSON.stringify({ imports: [], mcpServers }));
  procman.configure({ configPath: config });
});
test.after.always(async () => {
  await procman.shutdown({ graceMs: 0 });
  fs.rmSync(folder, { recursive: true });
});

const CALLS = {
  'plain text': ['everything', 'echo', { message: 'hello' }],
  'text that is JSON': ['everything', 'echo', { message: '{"a": 1}' }],
  'a sum': ['everything', 'get-sum', { a: 2, b: 3 }],
  'structured content': ['everything', 'get-structured-content', { location: 'New York' }],
  'an image between texts': ['everything', 'get-tiny-image', {}],
  'annotated messages': ['everything', 'get-annotated-message', { messageType: 'error', includeImage: true }],
  'resource links': ['everything', 'get-resource-links', { count: 2 }],
  'a file': ['files', 'read_text_file', { path: path.join(data, 'note.txt') }],
  'a file of JSON': ['files', 'read_text_file', { path: path.join(data, 'numbers.json') }],
  'a directory': ['files', 'list_directory', { path: data }],
  'what is not allowed': ['files', 'read_text_file', { path: '/etc/hostname' }],
};

for (const [name, [server, tool, args]] of Object.entries(CALLS)) {
  test.serial(`output is what mcporter prints: ${name}`, async (t) => {
    const [{ stdout }, outcome] = await Promise.all([
      run(process.execPath, [mcporter, '--config', config, 'call', `${server}.${tool}`, '--args', JSON.stringify(args)]).catch((error) => error),
      procman.callToolAsync(server, tool, args),
    ]);
    t.not(stdout, '', 'mcporter printed nothing: a control');
    t.is(outcome.output, stdout, outcome.error);
  });
}
