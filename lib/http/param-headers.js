'use strict';
// Headers made of arguments: what each tool of one session declares, and the headers of a call.

const { headerDeclarations } = require('./header-declarations.js');
const { warn } = require('./warnings.js');

const PREFIX = 'Mcp-Param-';
/** What a field value may hold as it is: printable ASCII and tabs, none of them at its ends. */
const PLAIN = /^(?! |\t)[\t\x20-\x7e]+(?<! |\t)$/;
const WRAPPED = /^=\?base64\?.*\?=$/s;

/** What the tools of one server declare. Lists fill it; a call of a tool that no list had gets no headers. */
class ParamHeaders {
  #server;
  #byTool = new Map();
  #warned = new Set();

  constructor(server) {
    this.#server = server;
  }

  /** The tools of a list that may be called: one with a wrong declaration must not be offered, and is told of once. */
  admit(tools) {
    return Array.isArray(tools) ? tools.filter((tool) => this.#learn(tool)) : tools;
  }

  /** @returns {Record<string, string> | undefined} */
  of(tool, args) {
    const declared = this.#byTool.get(tool) ?? [];
    const headers = declared.flatMap(({ path, name }) => {
      const text = textOf(path.reduce((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), args));
      return text === undefined ? [] : [[PREFIX + name, PLAIN.test(text) && !WRAPPED.test(text) ? text : wrapped(text)]];
    });
    return headers.length === 0 ? undefined : Object.fromEntries(headers);
  }

  #learn({ name, inputSchema } = {}) {
    const { declarations, fault } = headerDeclarations(inputSchema);
    if (fault === undefined) {
      this.#byTool.set(name, declarations);
      return true;
    }
    this.#byTool.delete(name);
    if (!this.#warned.has(name)) warn(`tool '${name}' of server '${this.#server}' is left out: ${fault}; report it to its author`);
    this.#warned.add(name);
    return false;
  }
}

/** What is missing, or null, or no plain value, has no header. */
function textOf(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? String(value) : undefined;
}

const wrapped = (text) => `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
const isObject = (value) => value !== null && typeof value === 'object';

module.exports = { ParamHeaders };
