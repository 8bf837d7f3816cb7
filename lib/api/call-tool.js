'use strict';
// callTool(): the blocking form. Takes no slot: who blocks the thread cannot let others run anyway.

const { callOptions } = require('./call-options.js');
const { toolQuestion, outcome } = require('./calls.js');
const { hostEnv } = require('./host-env.js');
const { native } = require('./native.js');
const { FLAGS, answerAt } = require('./tool-call.js');
const settings = require('./settings.js');

/** Calls a tool and blocks this thread until it is over. */
function callTool(server, tool, args, timeoutMs) {
  const { name, payload } = toolQuestion(server, tool, args, true);
  const options = callOptions(timeoutMs);
  let host;
  try {
    settings.assertOpen();
    host = hostEnv();
  } catch (error) {
    return outcome({ queuedMs: 0 }, { error });
  }
  const parts = {
    server,
    name,
    payload,
    flags: FLAGS.tool | FLAGS.render,
    timeoutMs: options.timeoutMs,
    maxTotalMs: options.maxTotalMs,
    maxRetries: options.maxRetries,
  };
  return outcome({ queuedMs: 0 }, answerAt(native().callBlocking(parts, host), 1));
}

module.exports = { callTool };
