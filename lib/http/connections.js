'use strict';

const { SharedConnection } = require('./shared-connection.js');
const { unlessAborted } = require('./unless-aborted.js');

/**
 * The connections of this thread: one per server, kept and shared, made again when the server's entry or its session changed. Beside it
 * one for each call whose caller answers what a server of an older protocol asks; of those that nobody uses one is kept.
 */
class Connections {
  #byServer = new Map();
  #answering = new Set();

  /** The open connection of a server; several callers share one opening. It goes on when its caller gives up, for the next. */
  take(definition, signal) {
    return this.#use(this.#shared(definition), signal);
  }

  /** An open connection of one's own, which answers. */
  takeOwn(definition, signal) {
    return this.#use(this.#own(definition), signal);
  }

  async #use(shared, signal) {
    shared.users += 1;
    try {
      await unlessAborted(shared.opened, signal);
      return shared;
    } catch (error) {
      this.give(shared);
      throw error;
    }
  }

  /** A call is done with it. */
  give(shared) {
    shared.users -= 1;
    this.#rest(shared);
  }

  /** Not to be used by further calls; those in flight go on. */
  retire(shared) {
    shared.retired = true;
    this.#answering.delete(shared);
    if (this.#byServer.get(shared.server) === shared) this.#byServer.delete(shared.server);
  }

  /** Whether a server has an open connection. */
  has(server) {
    return this.#of(server).some(({ connection }) => connection.isOpen);
  }

  /** Calls in flight fail. */
  async close(server) {
    await this.#closeThese(this.#of(server));
  }

  async closeAll() {
    await this.#closeThese([...this.#byServer.values(), ...this.#answering]);
  }

  #of(server) {
    return [...this.#byServer.values(), ...this.#answering].filter((shared) => shared.server === server);
  }

  async #closeThese(all) {
    all.forEach((shared) => this.retire(shared));
    await Promise.all(all.map(({ connection }) => connection.close()));
  }

  #own(definition) {
    const idle = this.#idle(definition.name);
    if (idle?.fits(definition)) return idle;
    if (idle !== undefined) this.#replace(idle);
    const own = new SharedConnection(definition, { answers: true });
    this.#answering.add(own);
    own.opened.then(() => this.#rest(own), () => this.retire(own));
    return own;
  }

  #idle(server, but) {
    return [...this.#answering].find((own) => own !== but && own.server === server && own.users === 0);
  }

  #shared(definition) {
    const known = this.#byServer.get(definition.name);
    if (known?.fits(definition)) return known;
    if (known !== undefined) this.#replace(known);
    const shared = new SharedConnection(definition);
    this.#byServer.set(definition.name, shared);
    // Whoever asked for it may be gone when it opens.
    shared.opened.then(() => this.#rest(shared), () => this.retire(shared));
    return shared;
  }

  #rest(shared) {
    if (shared.users > 0) return;
    if (shared.retired) void shared.connection.close();
    else if (this.#answering.has(shared) && this.#idle(shared.server, shared) !== undefined) this.#replace(shared);
  }

  #replace(known) {
    this.retire(known);
    if (known.users === 0) void known.connection.close();
  }
}

module.exports = { Connections };
