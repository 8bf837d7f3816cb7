'use strict';
// What stays the same from call to call — server, name, limits, flags — is handed to the native part once and named by a number after that:
// each string that crosses costs more than looking up its number.

const { native } = require('./native.js');

/** The native part keeps this one for a single call. */
const ONCE = 0;
/** Tools are few; whoever makes up names must not make the native part grow. */
const MOST = 1024;

/** Numbers by flags, server and name, for calls with the options that most calls have. */
class CallRoutes {
  #usual = null;
  #numbers = new Map();
  #count = 0;

  /**
   * @param {object | undefined} usual the options object that calls without options share
   * @param {number} flags those that do not change between tries
   */
  number({ server, name }, options, flags, usual) {
    if (options !== usual) return this.#open(ONCE, server, name, options, flags);
    if (usual !== this.#usual || this.#count === MOST) this.#forget(usual);
    const names = this.#names(flags, server);
    let number = names.get(name);
    if (number === undefined) {
      number = this.#open(++this.#count, server, name, options, flags);
      names.set(name, number);
    }
    return number;
  }

  #names(flags, server) {
    let servers = this.#numbers.get(flags);
    if (servers === undefined) this.#numbers.set(flags, (servers = new Map()));
    let names = servers.get(server);
    if (names === undefined) servers.set(server, (names = new Map()));
    return names;
  }

  #open(number, server, name, { timeoutMs, maxTotalMs, maxRetries }, flags) {
    native().callRoute(number, server, name, flags, timeoutMs, maxTotalMs, maxRetries);
    return number;
  }

  /** Numbers are given anew; the native part overwrites what it kept. */
  #forget(usual) {
    this.#usual = usual;
    this.#numbers.clear();
    this.#count = 0;
  }
}

module.exports = { CallRoutes };
