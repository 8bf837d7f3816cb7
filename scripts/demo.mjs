// `npm run demo`: the main job on a fresh clone. Installs, builds, calls real tools through real MCP servers, kills one, and shows that
// nothing is left.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

step('Installing', process.execPath, ['scripts/install.mjs']);
step('Building', process.execPath, ['scripts/build.mjs']);
step('Running', process.execPath, ['scripts/demo-run.mjs']);

function step(what, command, args) {
  console.error(`— ${what}: ${[path.basename(command), ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
