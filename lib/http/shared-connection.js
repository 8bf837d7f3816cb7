'use strict';

const { Connection } = require('./connection.js');

/** One connection and who uses it. */
class SharedConnection {
  users = 0;
  /** No further calls; closed when the last of those in flight is over. */
  retired = false;

  constructor(definition, options) {
    this.server = definition.name;
    this.written = JSON.stringify(definition);
    this.connection = new Connection(definition, options);
    this.opened = this.connection.open();
  }

  fits(definition) {
    return !this.connection.closed && this.written === JSON.stringify(definition);
  }
}

module.exports = { SharedConnection };
