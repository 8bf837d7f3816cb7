'use strict';
// callTool(): the blocking form. Takes no slot: who blocks the thread cannot let others run anyway.

const { callOptions } = require('./call-options.js');
const { toolQuestion } = require('./calls.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const { ToolCallOutcome } = require('./outcome.js');
const { Answer, FLAGS } = require('./tool-call.js');
const settings = require('./settings.js');

/** Calls a tool and blocks this thread until it is over. */
function callTool(server, tool, args, timeoutMs) {
  const { name, payload } = toolQuestion(server, tool, args, true);
  const options = callOptions(timeoutMs);
  const error = settings.closedError();
  if (error !== undefined) return new ToolCallOutcome({ error }, 0);
  const parts = {
    server,
    name,
    payload,
    flags: FLAGS.tool | FLAGS.render,
    timeoutMs: options.timeoutMs,
    maxTotalMs: options.maxTotalMs,
    maxRetries: options.maxRetries,
  };
  return new ToolCallOutcome(new Answer(native().callBlocking(parts, hostEnv()), 0), 0);
}

module.exports = { callTool };
