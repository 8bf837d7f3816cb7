'use strict';
// Trees of the program `adversary`, and what became of everybody who was ever alive in one. Its log is the oracle: numbers with start times.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { example } = require('./programs.js');

/** A tree that is ready, with two processes beside it that have its name and arguments. */
class Adversary {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-adversary-'));
  #seed;
  #bystanders = [];

  static async start(seed) {
    const tree = new Adversary(seed);
    fs.writeFileSync(tree.log, '');
    tree.#bystanders = [await tree.#bystander({ detached: true }), await tree.#bystander({})];
    // Half of the trees are in the session and group of their caller.
    tree.root = await tree.#start({ detached: seed % 2 === 0, stdio: ['ignore', 'pipe', 'inherit'] });
    return tree;
  }

  constructor(seed) {
    this.#seed = seed;
  }

  get log() {
    return path.join(this.#folder, 'alive');
  }

  get pid() {
    return this.root.pid;
  }

  /** Everybody who was ever alive in it and is alive now, as /proc shows them. */
  alive() {
    const lines = fs.readFileSync(this.log, 'utf8').trim().split('\n');
    const seen = lines.map((line) => line.split(' ').map(Number));
    return seen.map(([pid, start]) => describe(pid, start)).filter(Boolean);
  }

  /** Those of `alive` that lineage, session and group lead to from the root: computed here, and nowhere else. */
  reachable(alive = this.alive()) {
    const found = new Set([this.pid]);
    for (let before = 0; before !== found.size; ) {
      before = found.size;
      for (const { pid, ppid, group, session } of alive) if (found.has(ppid) || found.has(session) || found.has(group)) found.add(pid);
    }
    return alive.filter(({ pid }) => found.has(pid));
  }

  /** How many processes of the same name and arguments were hurt. */
  wrongKills() {
    return this.#bystanders.filter(({ pid, exitCode, signalCode }) => exitCode !== null || signalCode !== null || !describe(pid)).length;
  }

  /** Ends what is left. */
  async end() {
    for (const { pid, start } of this.alive()) if (describe(pid, start)) process.kill(pid, 'SIGKILL');
    const ends = this.#bystanders.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map((one) => once(one, 'exit'));
    for (const { stdin } of this.#bystanders) stdin.destroy();
    await Promise.all(ends);
    fs.rmSync(this.#folder, { recursive: true });
  }

  #bystander(options) {
    return this.#start({ ...options, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, BYSTANDER: '1' } });
  }

  async #start(options) {
    const child = spawn(example('adversary'), [String(this.#seed), this.log], options);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    return child;
  }
}

/** A living process; `null` when it is gone, a zombie, or another one than the one that started then. */
function describe(pid, start) {
  let text;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [ppid, group, session] = fields.slice(1, 4).map(Number);
  const threads = Number(fields[17]);
  // A leader that ended before its threads looks like a zombie.
  const dead = fields[0] === 'X' || (fields[0] === 'Z' && threads <= 1);
  if (dead || (start !== undefined && Number(fields[19]) !== start)) return null;
  return { pid, ppid, group, session, start: Number(fields[19]), state: fields[0] };
}

module.exports = { Adversary };
