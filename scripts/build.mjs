// Builds what a platform package holds: the addon and, beside it, the guard.
//
//   node scripts/build.mjs [--debug] [--failpoints]
//
// The addon has a target directory of its own. Both builds make a `libprocman.so`, with and without the `napi` feature,
// and Cargo gives them one file name: in one directory each would overwrite the other's and believe it fresh.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAX_RELEASE_BYTES = 6 * 2 ** 20;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const debug = process.argv.includes('--debug');
const failpoints = process.argv.includes('--failpoints');

buildAddon();
buildGuard();
reportSize();

function buildAddon() {
  const cli = path.join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  const profile = debug ? [] : ['--release'];
  const names = ['--js', 'binding.js', '--dts', 'binding.d.ts'];
  run(process.execPath, [cli, 'build', '--platform', ...names, '--target-dir', 'target/napi', ...profile]);
}

function buildGuard() {
  const profile = debug ? 'dev' : 'guard';
  const features = failpoints ? ['--features', 'failpoints'] : [];
  run('cargo', ['build', '--no-default-features', ...features, '--bin', 'procman-guard', '--profile', profile]);
  install(path.join(root, 'target', debug ? 'debug' : 'guard', 'procman-guard'), path.join(root, 'procman-guard'));
}

/** By rename: a guard that runs from the old file keeps it. */
function install(from, to) {
  copyFileSync(from, `${to}.new`);
  chmodSync(`${to}.new`, 0o755);
  renameSync(`${to}.new`, to);
}

function reportSize() {
  const addon = readdirSync(root).filter((name) => /^procman\..*\.node$/.test(name));
  const sizes = [...addon, 'procman-guard'].map((name) => [name, statSync(path.join(root, name)).size]);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  for (const [name, size] of sizes) console.log(`${name}: ${(size / 2 ** 20).toFixed(2)} MiB`);
  if (!debug && total > MAX_RELEASE_BYTES) fail(`addon and guard are ${total} bytes, more than ${MAX_RELEASE_BYTES}`);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) fail(`${command} cannot be run: ${error.message}. Install Rust (rust-toolchain: 1.95 or later).`);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with status ${status}`);
}

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}
