'use strict';
// Where the native pool behind an MCPServerPool comes from: options of one's own, or the configured name that callToolAsync uses too.

const { unwrap } = require('../errors.js');
const { hostEnv } = require('../host-env.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');
const { plainServer } = require('../plain-server.js');
const settings = require('../settings.js');
const { numberOf } = require('./named-pools.js');

class PoolSource {
  /** Of a pool that others may make and use as well; undefined: nobody else knows it. */
  name;
  #open;
  #era;

  /**
   * @param {string} label what runs, for messages
   * @param {boolean} startsAtOnce instances are to be warm before anybody asks
   * @param {() => number | object} open makes the native pool
   */
  constructor(label, startsAtOnce, open) {
    this.label = label;
    this.startsAtOnce = startsAtOnce;
    this.#open = open;
  }

  /** A pool of this thread. `defaults` rank below the entry of the server. */
  static adHoc(options, defaults = {}) {
    const label = options.server ?? options.command ?? 'the default server';
    const open = () => native().poolOpen(portable(options), portable(defaults), hostEnv());
    return new PoolSource(label, (options.minInstances ?? 0) > 0, open);
  }

  /** The process's pool behind callToolAsync. */
  static named(server, overrides) {
    const source = new PoolSource(server, false, () => native().poolNamed(server, portable(overrides), hostEnv()));
    source.name = server;
    return source;
  }

  /**
   * The number of the native pool, which is made where there is none.
   * @throws ERR_CLOSED, ERR_CONFIG, ERR_INVALID_ARGUMENT
   */
  open() {
    const closed = settings.closedError();
    if (closed !== undefined) throw closed;
    mailbox.open();
    return unwrap(this.#open());
  }

  /** The number of the native pool, if somebody has made it; else 0. */
  find() {
    return this.name === undefined ? 0 : numberOf(this.name);
  }

  /** The native pool was found or made: it lives until the next shutdown(). */
  begins() {
    this.#era = settings.era();
  }

  /** shutdown() of the engine took the pool with it. */
  get isOver() {
    return this.#era !== undefined && this.#era !== settings.era();
  }
}

const portable = (options) => JSON.stringify(plainServer(options));

module.exports = { PoolSource };
