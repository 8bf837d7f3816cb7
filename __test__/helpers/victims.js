'use strict';
// Processes that rules of a test mean and nobody else's do: scripts with a name of their own. And neighbours that only look like them.
const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const READY = "process.stdout.write('ready');";
const SCRIPTS = {
  idle: `${READY} setInterval(() => {}, 1e9);`,
  busy: `${READY} for (;;);`,
  /** 64 MiB that really are there. */
  large: `const kept = Buffer.alloc(64 * 2 ** 20, 1); ${READY} setInterval(() => kept.length, 1e9);`,
  /** Asked to end, it only says so. */
  deaf: `process.on('SIGTERM', () => process.stdout.write('asked')); ${READY} setInterval(() => {}, 1e9);`,
  /** A child that ends only by SIGKILL, in a session of its own. */
  parent: `const child = require('node:child_process').spawn('sh', ['-c', 'trap "" TERM; echo; exec sleep 1000'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => process.stdout.write('ready' + child.pid)); setInterval(() => {}, 1e9);`,
};

/** A name that no other process of this machine has, and a folder for it; both end with the test. */
function victims(t) {
  const name = `victim-${randomBytes(6).toString('hex')}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-victims-'));
  const children = [];
  t.teardown(async () => {
    await Promise.all(children.map(end));
    fs.rmSync(folder, { recursive: true });
  });
  const file = (kind) => {
    const at = path.join(folder, kind, `${name}.js`);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.writeFileSync(at, SCRIPTS[kind]);
    return at;
  };
  const run = async (command, args, { env, ready = true, ...options } = {}) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env }, ...options });
    children.push(child);
    await once(child, 'spawn');
    if (ready) child.said = String((await once(child.stdout, 'data'))[0]);
    return child;
  };
  return {
    name,
    folder,
    file,
    run,
    /** Runs one of the scripts under the name. */
    start: (kind = 'idle', options) => run(process.execPath, [file(kind)], options),
    /** Whoever only names it: reads a file of that name, mentions it, or calls itself so. */
    async lookalikes() {
      const log = path.join(folder, `${name}.md`);
      fs.writeFileSync(log, 'x\n');
      return [
        await run('tail', ['-f', log]),
        await run('sh', ['-c', `echo; read _; : ${name}.js`]),
        await run(process.execPath, ['-e', SCRIPTS.idle, name]),
        await run('sh', ['-c', 'echo; exec "$@"', name, 'sleep', '1000']),
        await run('bash', ['-c', `echo; exec -a ${name} sleep 1000`]),
      ];
    },
  };
}

const isRunning = (child) => child.exitCode === null && child.signalCode === null;

/** How a child ended, when it has. */
async function ended(child) {
  if (isRunning(child)) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

async function end(child) {
  if (!isRunning(child)) return;
  child.kill('SIGKILL');
  await ended(child);
}

module.exports = { victims, isRunning, ended };
