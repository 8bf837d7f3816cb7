// Installs the packages of the lock file, if that was not done yet. Run by the scripts that a fresh clone starts with.
//
// Not `npm ci`: it refuses a lock file in which an optional package of some other platform could not be resolved when it was written,
// which a package that is published platform by platform can cause at any time. This takes the same versions and writes no lock file.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

if (!existsSync(path.join(root, 'node_modules'))) {
  const { status, error } = spawnSync('npm', ['install', '--no-save'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  process.exitCode = status ?? 1;
}
