'use strict';

const { Connection } = require('./connection.js');
const { unlessAborted } = require('./unless-aborted.js');

/** One connection and who uses it. */
class Shared {
  users = 0;
  /** No further calls; closed when the last of those in flight is over. */
  retired = false;

  constructor(definition) {
    this.server = definition.name;
    this.written = JSON.stringify(definition);
    this.connection = new Connection(definition);
    this.opened = this.connection.open();
  }

  fits(definition) {
    return !this.connection.closed && this.written === JSON.stringify(definition);
  }
}

/** The connections of this thread: one per server, kept and shared, made again when the server's entry or its session changed. */
class Connections {
  #byServer = new Map();

  /** The open connection of a server; several callers share one opening. It goes on when its caller gives up, for the next. */
  async take(definition, signal) {
    const shared = this.#shared(definition);
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
    if (this.#byServer.get(shared.server) === shared) this.#byServer.delete(shared.server);
  }

  /** Whether a server has an open connection. */
  has(server) {
    const shared = this.#byServer.get(server);
    return shared !== undefined && shared.connection.isOpen;
  }

  /** Calls in flight fail. */
  async close(server) {
    const shared = this.#byServer.get(server);
    if (shared === undefined) return;
    this.retire(shared);
    await shared.connection.close();
  }

  async closeAll() {
    await Promise.all([...this.#byServer.keys()].map((server) => this.close(server)));
  }

  #shared(definition) {
    const known = this.#byServer.get(definition.name);
    if (known?.fits(definition)) return known;
    if (known !== undefined) this.#replace(known);
    const shared = new Shared(definition);
    this.#byServer.set(definition.name, shared);
    // Whoever asked for it may be gone when it opens.
    shared.opened.then(() => this.#rest(shared), () => this.retire(shared));
    return shared;
  }

  #rest(shared) {
    if (shared.users === 0 && shared.retired) void shared.connection.close();
  }

  #replace(known) {
    this.retire(known);
    if (known.users === 0) void known.connection.close();
  }
}

module.exports = { Connections };
