'use strict';
// Questions of a server in the place of an answer (2026-07-28): what callers give back, and answers made of `handlers`.

const { ProcmanError, invalidArgument } = require('./errors.js');
const { textOf } = require('./text-of.js');

/** What `onInputRequired` gave, as JSON text: an object with an answer for each key of the questions. */
function inputAnswers(given) {
  const text = typeof given === 'object' && given !== null && !Array.isArray(given) ? JSON.stringify(given) : undefined;
  if (text === undefined || text[0] !== '{') throw invalidArgument('what onInputRequired returns', given, 'an object with an answer for each key of its argument');
  return text;
}

/** What the caller's function answers to these questions, as JSON text. Rejects with the error that ends the call. */
async function callerAnswers(question, onInputRequired, questions) {
  try {
    return inputAnswers(await onInputRequired(questions));
  } catch (cause) {
    throw inputRefused(question, questions, cause);
  }
}

/** The caller's function threw, or gave nothing that can be sent. */
function inputRefused({ server, name }, questions, cause) {
  return new ProcmanError('ERR_INPUT_REQUIRED', `${server}.${name} asks its caller something, and onInputRequired failed: ${textOf(cause)}; mend it, or answer with a refusal`, {
    details: { server, tool: name, inputRequests: questions },
    cause,
  });
}

/** `onInputRequired` for a holder that gave a handler for each method. */
function inputFromHandlers(handlers) {
  return async (questions) => {
    const answers = await Promise.all(Object.entries(questions).map(async ([key, question]) => [key, await answerOf(handlers, question)]));
    return Object.fromEntries(answers);
  };
}

function answerOf(handlers, { method, params }) {
  if (!Object.hasOwn(handlers, method)) {
    throw new ProcmanError('ERR_INPUT_REQUIRED', `the server asks ${method}, for which no handler was given; add it to handlers`, { details: { method } });
  }
  return handlers[method](params);
}

module.exports = { callerAnswers, inputFromHandlers };
