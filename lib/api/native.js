'use strict';

const path = require('node:path');
const { loadedFrom } = require('./copies.js');
const { ProcmanError } = require('./errors.js');
const { hostEnvAnywhere } = require('./host-env.js');

/** Systems that have a package of their own; the same list as `napi.targets` in package.json. */
const SUPPORTED = ['linux-x64', 'linux-arm64'];

let loaded;

/** The native part, loaded on first use, so that requiring the package never throws. */
function native() {
  if (loaded === undefined) {
    const binding = load();
    binding.engineUseGuard(guardBeside(binding), hostEnvAnywhere());
    loaded = binding;
    loadedFrom(addonOf(binding));
  }
  return loaded;
}

/** The guard's executable, which lies beside the addon wherever that was found. */
const guardPath = () => guardBeside(native());

const guardBeside = (binding) => path.join(path.dirname(addonOf(binding)), 'procman-guard');

/** The file that a native part was loaded from. */
const addonOf = (binding) => Object.values(require.cache).find((m) => m?.filename?.endsWith('.node') && m.exports === binding).filename;

function load() {
  const override = process.env.PROCMAN_NATIVE_PATH;
  if (override) return loadOverride(path.resolve(override));
  if (!SUPPORTED.includes(`${process.platform}-${process.arch}`)) throw unsupported(describePlatform());
  try {
    return require('../../binding.js');
  } catch (cause) {
    const platform = describePlatform();
    throw platform.libc === 'musl' ? unsupported(platform) : unloadable(platform, cause);
  }
}

function loadOverride(file) {
  try {
    return require(file);
  } catch (cause) {
    throw new ProcmanError(
      'ERR_NATIVE',
      `PROCMAN_NATIVE_PATH names ${file}, which cannot be loaded: ${cause.message}. ` +
        'Point it at a built procman.*.node or unset it.',
      { cause, details: { file } },
    );
  }
}

function describePlatform() {
  const { platform, arch } = process;
  const libc = platform === 'linux' ? linuxLibc() : null;
  return { platform, arch, libc, triple: [platform, arch, libc].filter(Boolean).join('-') };
}

/** Asked only after a failure: the report takes milliseconds, without the network interfaces still a few. */
function linuxLibc() {
  const { excludeNetwork } = process.report;
  process.report.excludeNetwork = true;
  const { header } = process.report.getReport();
  process.report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime ? 'gnu' : 'musl';
}

function unsupported(platform) {
  return new ProcmanError(
    'ERR_UNSUPPORTED',
    `procman runs on ${SUPPORTED.join(' and ')} with glibc; this is ${platform.triple}. ` +
      'Use a supported platform, or build the addon for this one and name it by PROCMAN_NATIVE_PATH.',
    { details: { ...platform, supported: SUPPORTED } },
  );
}

function unloadable(platform, cause) {
  const expected = `@ops/procman-${platform.triple}`;
  const reasons = [...causes(cause)].map((error) => error.message.split('\n')[0]);
  return new ProcmanError(
    'ERR_NATIVE',
    `The native part for ${platform.triple} cannot be loaded; it comes with the package ${expected}. ` +
      'Installed from the registry: install again without --omit=optional (npm before 11.3 drops optional packages of ' +
      'a lock file made elsewhere: remove node_modules and package-lock.json first; pnpm: supportedArchitectures). ' +
      `In a clone: run \`npm run build\`. Reasons: ${reasons.join('; ')}`,
    { cause, details: { ...platform, package: expected, reasons } },
  );
}

/** The generated loader chains one error per place that it looked at. */
function* causes(error) {
  for (let next = error; next instanceof Error; next = next.cause) yield next;
}

module.exports = { native, guardPath };
