'use strict';
// Tool calls and other requests: the functions that servers import.

const { ProcmanError, invalidArgument } = require('./errors.js');
const { callOptions } = require('./call-options.js');
const { ToolCallOutcome } = require('./outcome.js');
const { settleParsed } = require('./raw-json.js');
const { ToolCall } = require('./tool-call.js');
const { nonEmptyString } = require('./validate.js');
const settings = require('./settings.js');

/** What callToolAsync rejects with; everything else is an outcome. */
const REJECTIONS = ['ERR_INVALID_ARGUMENT', 'ERR_SEMAPHORE_TIMEOUT', 'ERR_SEMAPHORE_QUEUE_FULL'];

/** Stands for a call that never got as far as the queue. */
const NOT_QUEUED = { queuedMs: 0 };

/** Calls a tool and resolves to an outcome, whatever becomes of the call. */
function callToolAsync(server, tool, args, options) {
  return new Promise((resolve, reject) => {
    const settle = (answer, call) => {
      if (answer.error !== undefined && REJECTIONS.includes(answer.error.code)) reject(answer.error);
      else resolve(new ToolCallOutcome(answer, call.queuedMs));
    };
    try {
      run(new ToolCall(toolQuestion(server, tool, args, true), callOptions(options), settle));
    } catch (error) {
      settle({ error }, NOT_QUEUED);
    }
  });
}

/** The modern form: the raw MCP result, or a rejection. */
function callToolRaw(server, tool, args, options) {
  return new Promise((resolve, reject) => ask(toolQuestion(server, tool, args, false), options, resolve, reject));
}

/** Any other request. */
function request(server, method, params, options) {
  return new Promise((resolve, reject) => ask(methodQuestion(server, method, params), options, resolve, reject));
}

/** All pages of a server's tools. */
function listTools(server) {
  return allPages('tools', (params) => request(server, 'tools/list', params));
}

/** Everything that stands under `key` on the pages of a list. */
async function allPages(key, read) {
  const items = [];
  let cursor;
  do {
    const page = await read(cursor === undefined ? undefined : { cursor });
    items.push(...(page[key] ?? []));
    cursor = page.nextCursor;
  } while (cursor !== undefined && cursor !== null);
  return items;
}

function ask(question, options, resolve, reject) {
  run(new ToolCall(question, callOptions(options), (answer) => settleParsed(answer, resolve, reject)));
}

function run(call) {
  const closed = settings.closedError();
  if (closed === undefined) call.start();
  else call.settle({ error: closed }, call);
}

function toolQuestion(server, tool, args = {}, render) {
  nonEmptyString('server', server);
  nonEmptyString('tool', tool);
  return { server, name: tool, payload: json('args', args), tool: true, render };
}

function methodQuestion(server, method, params) {
  nonEmptyString('server', server);
  nonEmptyString('method', method);
  return { server, name: method, payload: params === undefined ? '' : json('params', params), tool: false, render: false };
}

/** An object as JSON text. What JSON cannot carry is the caller's mistake, told before a slot is taken. */
function json(name, value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalidArgument(name, value, 'an object');
  let text;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    const next = cause instanceof RangeError ? 'pass less, or large data by file' : 'pass plain data';
    throw new ProcmanError('ERR_INVALID_ARGUMENT', `${name} cannot be written as JSON: ${cause.message.split('\n')[0]}; ${next}`, {
      details: { argument: name },
      cause,
    });
  }
  if (text === undefined || text[0] !== '{') throw invalidArgument(name, value, 'an object whose toJSON() gives an object');
  return text;
}

module.exports = { callToolAsync, callToolRaw, request, listTools, allPages, toolQuestion, methodQuestion };
