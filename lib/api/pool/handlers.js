'use strict';
// What a holder answers when its server asks: which questions there are, and the way of an answer back.

const { invalidArgument } = require('../errors.js');
const mailbox = require('../mailbox.js');
const { native } = require('../native.js');
const { optionalObject } = require('../validate.js');
const { leases } = require('./lease-table.js');

/** The questions that a server may ask, and their bits for `leaseAcquire`; the first bit says that there are handlers at all. */
const ANY = 1;
const QUESTIONS = { 'sampling/createMessage': 2, 'elicitation/create': 4, 'roots/list': 8 };
/** JSON-RPC: the handler failed. */
const INTERNAL_ERROR = -32603;

mailbox.onLetter('leaseQuestion', (letters, at) => {
  const { method, params } = JSON.parse(letters[at + 2]);
  void answer(letters[at], letters[at + 1], method, params);
});

// Its answer would be dropped by the native part: nothing to do.
mailbox.onLetter('leaseQuestionWithdrawn', () => {});

async function answer(lease, question, method, params) {
  try {
    const result = await leases.get(lease).handlers[method](params);
    native().leaseAnswer(lease, question, true, JSON.stringify(result ?? {}));
  } catch (error) {
    native().leaseAnswer(lease, question, false, JSON.stringify(fault(error)));
  }
}

/** A handler may throw an error with a code of JSON-RPC and data. */
function fault(error) {
  const code = Number.isInteger(error?.code) ? error.code : INTERNAL_ERROR;
  return { code, message: String(error?.message ?? error), ...(error?.data !== undefined && { data: error.data }) };
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

/** As `leaseAcquire` wants to know it. */
function handlerFlags(handlers) {
  if (handlers === undefined) return 0;
  return Object.keys(handlers).reduce((flags, method) => flags | QUESTIONS[method], ANY);
}

module.exports = { checkedHandlers, handlerFlags };
