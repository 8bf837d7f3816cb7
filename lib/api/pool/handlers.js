'use strict';
// What a holder answers when its server asks: which questions there are, and the way of an answer back.

const { invalidArgument } = require('../errors.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');
const { textOf } = require('../text-of.js');
const { optionalObject } = require('../validate.js');
const { leases } = require('./lease-table.js');

/** For `leaseAcquire`: there are handlers at all. */
const ANY = 1;
/** The questions that a server may ask, how they are declared in `initialize`, and the bits of both; `src/mcp/client.rs` reads the same. */
const QUESTIONS = {
  'sampling/createMessage': { bit: 2, capability: 'sampling', details: { tools: 32, context: 64 } },
  'elicitation/create': { bit: 4, capability: 'elicitation', details: { url: 16 } },
  'roots/list': { bit: 8, capability: 'roots', details: { listChanged: 128 } },
};
/** JSON-RPC: the handler failed. */
const INTERNAL_ERROR = -32603;

/** What tells a handler that its answer is not wanted any more, by lease and question. */
const open = new Map();
const keyOf = (lease, question) => `${lease}/${question}`;

mailbox.onLetter('leaseQuestion', (letters, at) => {
  const { method, params } = JSON.parse(letters[at + 2]);
  void answer(letters[at], letters[at + 1], method, params);
});

// The native part would drop the answer.
mailbox.onLetter('leaseQuestionWithdrawn', (letters, at) => open.get(keyOf(letters[at], letters[at + 1]))?.abort());

async function answer(lease, question, method, params) {
  const key = keyOf(lease, question);
  const withdrawn = new AbortController();
  open.set(key, withdrawn);
  try {
    const result = await leases.get(lease).handlers[method](params, { signal: withdrawn.signal });
    native().leaseAnswer(lease, question, true, JSON.stringify(result ?? {}));
  } catch (error) {
    native().leaseAnswer(lease, question, false, faultText(error));
  } finally {
    open.delete(key);
  }
}

/** A handler may throw an error with a code of JSON-RPC and data; what JSON cannot carry of them is left out. */
function faultText(error) {
  const code = Number.isSafeInteger(error?.code) ? error.code : INTERNAL_ERROR;
  const fault = { code, message: textOf(error) };
  try {
    return JSON.stringify({ ...fault, data: error?.data });
  } catch {
    return JSON.stringify(fault);
  }
}

/** Functions by method, or undefined. */
function checkedHandlers(handlers) {
  if (handlers === undefined) return undefined;
  if (handlers === null) throw invalidArgument('options.handlers', handlers, 'an object of functions by method');
  for (const [method, handler] of Object.entries(optionalObject('options.handlers', handlers))) {
    if (!Object.hasOwn(QUESTIONS, method)) throw invalidArgument('options.handlers', method, `an object with keys out of ${Object.keys(QUESTIONS).join(', ')}`);
    if (typeof handler !== 'function') throw invalidArgument(`options.handlers['${method}']`, handler, 'a function');
  }
  return handlers;
}

/** What is declared of the handlers beyond their names, or undefined. */
function checkedCapabilities(capabilities, handlers = {}) {
  if (capabilities === undefined) return undefined;
  if (capabilities === null) throw invalidArgument('options.capabilities', capabilities, 'an object of objects');
  const methods = Object.fromEntries(Object.entries(QUESTIONS).map(([method, { capability }]) => [capability, method]));
  for (const [name, details] of Object.entries(optionalObject('options.capabilities', capabilities))) {
    if (!Object.hasOwn(methods, name)) throw invalidArgument('options.capabilities', name, `an object with keys out of ${Object.keys(methods).join(', ')}`);
    if (details === null) throw invalidArgument(`options.capabilities.${name}`, details, 'an object');
    optionalObject(`options.capabilities.${name}`, details);
    if (handlers[methods[name]] === undefined) throw invalidArgument(`options.capabilities.${name}`, details, `given together with options.handlers['${methods[name]}']`);
  }
  return capabilities;
}

/** As `leaseAcquire` wants to know it. */
function handlerFlags(handlers, capabilities = {}) {
  if (handlers === undefined) return 0;
  let flags = ANY;
  for (const method of Object.keys(handlers)) {
    const { bit, capability, details } = QUESTIONS[method];
    flags |= bit;
    for (const [name, detail] of Object.entries(details)) if (capabilities[capability]?.[name]) flags |= detail;
  }
  return flags;
}

module.exports = { QUESTIONS, checkedHandlers, checkedCapabilities, handlerFlags };
