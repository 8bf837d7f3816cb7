// Release step: fills the platform package of this machine and names the platform packages as optional dependencies.
//
//   node scripts/stage.mjs
//
// `optionalDependencies` is not committed: before the first release of a version its platform packages do not exist, and
// `npm ci` of a clone could not resolve them. A clone builds its native part instead.
import { chmodSync, copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = readJson(root);
const platforms = readdirSync(path.join(root, 'npm'));

for (const platform of platforms) checkVersion(platform);
fill(platforms.find((name) => name === `${process.platform}-${process.arch}-gnu`));
nameOptionalDependencies();

function checkVersion(platform) {
  const { version } = readJson(path.join(root, 'npm', platform));
  if (version !== manifest.version) throw new Error(`npm/${platform} is ${version}, the package is ${manifest.version}`);
}

function fill(platform) {
  if (platform === undefined) throw new Error(`no platform package for ${process.platform}-${process.arch}`);
  for (const file of readJson(path.join(root, 'npm', platform)).files) {
    copyFileSync(path.join(root, file), path.join(root, 'npm', platform, file));
  }
  chmodSync(path.join(root, 'npm', platform, 'procman-guard'), 0o755);
}

function nameOptionalDependencies() {
  const names = platforms.map((platform) => readJson(path.join(root, 'npm', platform)).name);
  manifest.optionalDependencies = { ...manifest.optionalDependencies, ...Object.fromEntries(names.map((name) => [name, manifest.version])) };
  writeFileSync(path.join(root, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function readJson(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}
