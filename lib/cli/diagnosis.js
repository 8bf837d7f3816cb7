'use strict';
// What `procman doctor` checks. Each check answers { name, status: ok | warn | fail, detail, fix? } and never throws.

const { engines } = require('../../package.json');
const { findCopies } = require('./package-copies.js');

/**
 * @param {{loadApi: () => object, versions: NodeJS.ProcessVersions, copies?: () => string[]}} world
 * @returns {Promise<{name: string, status: 'ok' | 'warn' | 'fail', detail: string, fix?: string}[]>}
 */
async function diagnose({ loadApi, versions, copies = () => findCopies(process.cwd()) }) {
  const node = nodeVersion(versions);
  const { api, check } = binding(loadApi);
  if (api === undefined) return [node, check];
  try {
    return [node, check, await guard(api), ...abilities(api), ...configuration(api), limit(api), oneCopy(copies)];
  } finally {
    await api.shutdown();
  }
}

const REINSTALL = 'reinstall the package with its optional dependencies (npm install), or build it: npm run build';

function nodeVersion({ node }) {
  const detail = `${node}, needs ${engines.node}`;
  const [major, minor] = node.split('.').map(Number);
  const [minMajor, minMinor] = engines.node.match(/\d+/g).map(Number);
  const old = major < minMajor || (major === minMajor && minor < minMinor);
  return old ? fail('Node.js', detail, 'install a newer Node.js') : ok('Node.js', detail);
}

function binding(loadApi) {
  const name = 'native binding';
  try {
    const api = loadApi();
    const { platform, backend } = api.capabilities();
    return { api, check: ok(name, `loaded for ${platform}, backend ${backend}`) };
  } catch (error) {
    // What it says of /proc it could say only when it was loaded.
    const fix = error.details?.shown === undefined ? REINSTALL : 'mount a /proc for this pid namespace: unshare --mount-proc, or mount -t proc proc /proc';
    return { check: fail(name, explain(error), fix) };
  }
}

/** The only proof that the guard works is a command that ran under it. */
async function guard(api) {
  const name = 'guard';
  try {
    const started = performance.now();
    const unit = await api.spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    const { code } = await unit.exited;
    const took = Math.round(performance.now() - started);
    if (code === 0) return ok(name, `ran a command in ${took} ms, guarantee: ${unit.guarantee}`);
    return fail(name, `${process.execPath} --version ended with ${code}`, 'run that command by hand to see why it fails');
  } catch (error) {
    return fail(name, explain(error), remedy(error, 'make procman-guard executable, on a file system without noexec'));
  }
}

const ABILITIES = [
  ['subreaper', 'fail', 'double-forked children are found', 'Linux 3.4 or later, and a sandbox that permits prctl'],
  ['pidfd', 'warn', 'signals go to the process that was chosen', 'Linux 5.3 or later, and a sandbox that permits pidfd_open'],
  ['ledger', 'warn', 'what a crash of everything left behind is found at the next start', 'set PROCMAN_STATE_DIR to a folder that this user may write'],
  ['graceAfterHostDeath', 'warn', 'units may end politely after this process is killed', 'start the container with an init (docker run --init), or await shutdown() before the end'],
];

/** Conveniences of the machine: procman does without them. */
const UPGRADES = [
  ['cgroupKill', 'a unit is killed in one step', 'units are killed process by process (no writable cgroup v2)'],
  ['memoryLimit', 'the kernel keeps a ceiling behind the memory limits of pools', 'memory limits of pools are kept by measuring alone, and spawn() refuses maxMemoryMB (no writable memory controller)'],
  ['psi', 'memory pressure can be read', 'memory pressure is not told by this kernel'],
];

function abilities(api) {
  const found = api.capabilities();
  const needed = ABILITIES.map(([name, severity, benefit, fix]) => (found[name] ? ok(name, benefit) : { name, status: severity, detail: `not available: not sure that ${benefit}`, fix }));
  const upgrades = UPGRADES.map(([name, yes, no]) => ok(name, found[name] ? yes : no));
  const identity =
    found.identity === 'strong'
      ? ok('identity', 'a process cannot be mistaken for a later one with its pid')
      : warn('identity', 'best effort: a reused pid may go unnoticed in rare cases', 'Linux 6.9 or later');
  return [...needed, identity, ...upgrades];
}

function configuration(api) {
  const name = 'configuration';
  try {
    const servers = api.listServers();
    const { files, lookedAt, warnings } = api.configurationSources();
    const problems = warnings.map((warning) => warn(name, warning, 'correct the file; docs/configuration.md has the rules'));
    const place = files.length === 0 ? `no file found, looked at ${lookedAt.join(', ')}` : `read ${files.join(', ')}`;
    return [ok(name, `${servers.length} server${servers.length === 1 ? '' : 's'}; ${place}`), ...problems];
  } catch (error) {
    return [fail(name, explain(error), remedy(error, 'correct the file; docs/configuration.md has the rules'))];
  }
}

/** Whoever calls hears the same. */
function limit(api) {
  const name = 'limit of calls';
  try {
    const { maxConcurrent } = api.getSemaphoreStatus();
    return ok(name, `${maxConcurrent} call${maxConcurrent === 1 ? '' : 's'} at a time`);
  } catch (error) {
    return fail(name, explain(error), 'correct what is named, or leave it out: then it is 3');
  }
}

/** Two in one process would be two engines, with a guard and a limit of calls each. */
function oneCopy(find) {
  const name = 'copies';
  let copies;
  try {
    copies = find();
  } catch (error) {
    // Its working directory was removed.
    return warn(name, `there is no project here (${error.message})`, ELSEWHERE);
  }
  if (copies.length > 1) return warn(name, `this project has ${copies.length}: ${copies.join(', ')}`, 'make one of them: npm dedupe, or one version in all package.json files');
  return ok(name, copies.length === 0 ? 'none in this project' : `one in this project: ${copies[0]}`);
}

const ELSEWHERE = 'run it in a folder that exists';

/** Whatever a check looks for, in a folder that was removed nothing is found. */
const remedy = (error, usual) => (error.details?.stage === 'directory' ? ELSEWHERE : usual);

const explain = (error) => (error.code === undefined ? error.message : `${error.code}: ${error.message}`).split('\n', 1)[0];
const ok = (name, detail) => ({ name, status: 'ok', detail });
const warn = (name, detail, fix) => ({ name, status: 'warn', detail, fix });
const fail = (name, detail, fix) => ({ name, status: 'fail', detail, fix });

module.exports = { diagnose };
