'use strict';
// Sessions that share a pool, each by another way of calling it, and the tally of what became of their calls.
const { setTimeout } = require('node:timers/promises');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');

const BIG_BYTES = 64 * 1024;
/** What a session does between two calls takes up to so long: the shape of the load, nothing waits for it. */
const THINK_MS = 80;

const leased = (server) => ({ call: (tool, args, options) => server.callTool(tool, args, options), end: () => server.release() });

async function leaseOf(pool) {
  return leased(await pool.getServer());
}

async function callsOf(pool) {
  return { call: (tool, args, options) => pool.callTool(tool, args, options), end: () => {} };
}

/** Is told nothing of its instance but what becomes of its calls. */
async function stayingSession(pool, number) {
  return { call: (tool, args, options) => pool.callTool(tool, args, { ...options, sessionId: `call-${number}` }), end: () => {} };
}

/** Leaves an instance that is to be replaced, as whoever is told of it can. */
async function sessionOf(pool, number) {
  const sessionId = `lease-${number}`;
  const server = await pool.getServer({ sessionId });
  const way = leased(server);
  way.end = () => {
    server.release();
    pool.endSession(sessionId);
  };
  server.on('retiring', () => (way.isOver = true));
  return way;
}

async function clientOf(pool) {
  const client = new Client({ name: 'soak', version: '1' });
  await client.connect(pool.transport());
  const call = (name, args, { signal, onProgress }) => client.callTool({ name, arguments: args }, undefined, { signal, onprogress: onProgress });
  return { call, end: () => client.close() };
}

/** How a session calls: with a lease, with a session's lease, without a lease, with a session and no lease, as a client of the SDK. */
const WAYS = [
  leaseOf,
  sessionOf,
  callsOf,
  stayingSession,
  clientOf,
];

class Sessions {
  /** Called after each call with the number of those that have settled. */
  onSettled = () => {};
  #pool;
  #count;
  #next;
  #tally;

  /** @param {() => number} next chance */
  constructor(pool, count, next) {
    this.#pool = pool;
    this.#count = count;
    this.#next = next;
    this.#tally = { begun: 0, settled: 0, succeeded: 0, wrong: 0, failures: new Map(), examples: new Map(), bySession: new Array(count).fill(0) };
  }

  /** All sessions call, each one call after the other, for so long and until it is enough. */
  async run(ms, isEnough = () => true) {
    const until = performance.now() + ms;
    const isDone = () => performance.now() >= until && isEnough();
    await Promise.all(Array.from({ length: this.#count }, (_, number) => this.#live(number, isDone)));
    return this.#tally;
  }

  async #live(number, isDone) {
    let way = await this.#begin(number);
    while (!isDone()) {
      const error = await this.#one(way, number);
      await setTimeout(THINK_MS * this.#next());
      if (!isOver(error) && !way.isOver) continue;
      // What the session relied on is gone, and it was told so: it begins anew.
      await way.end();
      way = await this.#begin(number);
    }
    await way.end();
  }

  /** Also a name whose instance was lost is told so, once. */
  async #begin(number) {
    const begin = () => WAYS[number % WAYS.length](this.#pool, number);
    return begin().catch((error) => (isOver(error) ? begin() : Promise.reject(error)));
  }

  /** One call and what became of it. */
  async #one(way, number) {
    const tally = this.#tally;
    const name = `call-${tally.begun}`;
    tally.begun += 1;
    try {
      const { tool, args, options, cancel } = this.#choose(name);
      const answer = way.call(tool, args, options);
      cancel?.();
      const { content } = await answer;
      if (content[0].text !== name || content[1].text.length !== (args.bytes ?? 0)) tally.wrong += 1;
      tally.succeeded += 1;
      tally.bySession[number] += 1;
      return undefined;
    } catch (error) {
      const reason = reasonOf(error);
      tally.failures.set(reason, (tally.failures.get(reason) ?? 0) + 1);
      tally.examples.set(reason, `${WAYS[number % WAYS.length].name}: ${error.message} ${JSON.stringify(error.data ?? error.details)}`);
      return error;
    } finally {
      tally.settled += 1;
      this.onSettled(tally.settled);
    }
  }

  #choose(name) {
    const chance = this.#next();
    if (chance < 0.6) return { tool: 'work', args: { name }, options: {} };
    if (chance < 0.7) return { tool: 'work', args: { name, bytes: BIG_BYTES }, options: {} };
    if (chance < 0.95) {
      const onProgress = ({ message }) => (this.#tally.wrong += message === undefined || message === name ? 0 : 1);
      return { tool: 'steps', args: { name, steps: 5 }, options: { onProgress } };
    }
    const abort = new AbortController();
    return { tool: 'steps', args: { name, steps: 50 }, options: { signal: abort.signal }, cancel: () => abort.abort('no longer needed') };
  }
}

const codeOf = (error) => error.data?.code ?? error.code;
const isOver = (error) => error !== undefined && ['ERR_SESSION_LOST', 'ERR_CLOSED'].includes(codeOf(error));

/** Code and, of a death, the signal. A client of the SDK gets our error in `data`, and its own of a cancellation as text. */
function reasonOf(error) {
  if (/no longer needed/.test(error.message)) return 'ERR_ABORTED';
  const { signal } = error.data?.details ?? error.details ?? {};
  return [codeOf(error) ?? error.message, signal].filter(Boolean).join(' ');
}

module.exports = { Sessions };
