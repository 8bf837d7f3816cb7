'use strict';
// callTool(): the blocking form. Takes no slot: who blocks the thread cannot let others run anyway.

const { Answer } = require('./answer.js');
const { FLAGS } = require('./call-flags.js');
const { callOptions } = require('./call-options.js');
const { toolQuestion } = require('./calls.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const { ToolCallOutcome } = require('./outcome.js');
const { carryBlocking, forgetEntryAfter, remoteDefinition } = require('./remote-servers.js');
const settings = require('./settings.js');

/** Calls a tool and blocks this thread until it is over. Throws only ERR_INVALID_ARGUMENT. */
function callTool(server, tool, args, timeoutMs) {
  try {
    return new ToolCallOutcome(wait(toolQuestion(server, tool, args, true), callOptions(timeoutMs)), 0);
  } catch (error) {
    if (error.code === 'ERR_INVALID_ARGUMENT') throw error;
    return new ToolCallOutcome({ error }, 0);
  }
}

function wait(question, options) {
  const error = settings.closedError();
  if (error !== undefined) return { error };
  const host = hostEnv();
  const definition = remoteDefinition(question.server, host);
  return definition === undefined ? waitForEngine(question, options, host) : carryBlocking(definition, question, options);
}

function waitForEngine({ server, name, payload }, { timeoutMs, maxTotalMs, maxRetries }, host) {
  const parts = { server, name, payload, flags: FLAGS.tool | FLAGS.render, timeoutMs, maxTotalMs, maxRetries };
  const numbers = new Float64Array(Answer.NUMBERS);
  const answer = new Answer(native().callBlocking(parts, host, Buffer.from(numbers.buffer)), 0, numbers, 0);
  if (answer.error !== undefined) forgetEntryAfter(answer.error, server);
  return answer;
}

module.exports = { callTool };
