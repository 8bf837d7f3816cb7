'use strict';
// callTool(): the blocking form. Takes no slot: who blocks the thread cannot let others run anyway.

const { callOptions } = require('./call-options.js');
const { NOT_QUEUED, toolQuestion, outcome } = require('./calls.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const { FLAGS, answerAt } = require('./tool-call.js');
const settings = require('./settings.js');

/** Calls a tool and blocks this thread until it is over. Throws only ERR_INVALID_ARGUMENT. */
function callTool(server, tool, args, timeoutMs) {
  try {
    return outcome(NOT_QUEUED, wait(toolQuestion(server, tool, args, true), callOptions(timeoutMs)));
  } catch (error) {
    if (error.code === 'ERR_INVALID_ARGUMENT') throw error;
    return outcome(NOT_QUEUED, { error });
  }
}

function wait({ server, name, payload }, { timeoutMs, maxTotalMs, maxRetries }) {
  settings.assertOpen();
  const parts = { server, name, payload, flags: FLAGS.tool | FLAGS.render, timeoutMs, maxTotalMs, maxRetries };
  return answerAt(native().callBlocking(parts, hostEnv()), 1);
}

module.exports = { callTool };
