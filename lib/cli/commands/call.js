'use strict';

const { readFileSync } = require('node:fs');
const { parseJsonObject, parsePairs } = require('../argument-values.js');
const { renderOutcome } = require('../call-output.js');
const { parseTarget } = require('../call-target.js');
const { warnOfConfiguration } = require('../configuration-warnings.js');
const { EXIT, exitCodeOfSignal } = require('../exit-codes.js');
const { sayGoodbye, WAIT_OPTION } = require('../goodbye.js');
const { onSignals } = require('../on-signals.js');
const { oneOf, positiveInteger } = require('../option-values.js');
const { withSchemaStrings } = require('../schema-strings.js');

const FORMATS = ['auto', 'json', 'raw'];

function register(program, context) {
  program
    .command('call')
    .description('Call a tool of an MCP server and print what it answers.')
    .usage('[options] <server.tool> [key=value...]')
    .argument('<server.tool>', 'the server as configured, a dot, the tool')
    .argument('[key=value...]', 'arguments: key=value, key:value, key=@file')
    .option('--args <json>', 'arguments as one JSON object; - reads it from stdin')
    .option('--timeout <ms>', 'give up after this many milliseconds', positiveInteger('--timeout'))
    .option('--output <format>', `${FORMATS.join(', ')}: how the answer is printed`, oneOf('--output', FORMATS), 'auto')
    .option(...WAIT_OPTION)
    .option('--raw-strings', 'leave numbers as text')
    .option('--no-coerce', 'leave every value as text')
    .addHelpText('after', HELP)
    .action((selector, words, options) => call(selector, words, options, context));
}

const HELP = `
true, false, null, numbers, {…} and […] are taken as JSON, all else is text.

Examples:
  $ procman call filesystem.read_text_file path=/srv/notes.txt
  $ procman call github.create_issue title="It broke" labels='["bug"]' body=@report.md
  $ procman call asana-v2.list_tasks --args '{"project":"123"}' --output json
  $ echo '{"a":2,"b":3}' | procman call everything.get-sum --args -`;

async function call(selector, words, options, context) {
  const { terminal } = context;
  const { server, tool, rest } = parseTarget(selector, words);
  const { args, numbers } = readArguments(rest, options);
  const timeoutMs = options.timeout ?? timeoutOf(context.env);
  const api = context.api();
  const interrupt = new AbortController();
  const signals = onSignals(context.signals, (signal) => {
    context.exitCode = exitCodeOfSignal(signal);
    interrupt.abort(signal);
  });
  const limits = { signal: interrupt.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  try {
    warnOfConfiguration(api, terminal);
    terminal.progress(`${server}.${tool} …`);
    const typed = numbers.size === 0 ? args : withSchemaStrings(args, numbers, await inputSchema(api, server, tool, limits));
    const outcome = await api.callToolAsync(server, tool, typed, { ...limits, ...progressOptions(terminal, `${server}.${tool}`) });
    const request = { server, tool, timeoutMs };
    if (!outcome.success && !outcome.isError) throw failure(outcome, request);
    await (terminal.json ? terminal.printJson(document(outcome, request)) : terminal.print(renderOutcome(outcome, options.output)));
    if (outcome.isError) context.exitCode ||= EXIT.FAILURE;
  } finally {
    terminal.clearProgress();
    await sayGoodbye(api, options);
    signals.dispose();
  }
}

function readArguments(words, options) {
  const coercion = options.coerce === false ? 'none' : options.rawStrings ? 'raw-strings' : 'default';
  const { pairs, numbers } = parsePairs(words, coercion);
  const json = options.args === undefined ? {} : parseJsonObject(options.args === '-' ? readFileSync(0, 'utf8') : options.args);
  return { args: Object.fromEntries([...Object.entries(json), ...pairs]), numbers };
}

/** mcporter's variable; a bad value counts as none, as it does there. */
function timeoutOf(env) {
  const text = env.MCPORTER_CALL_TIMEOUT;
  return /^[1-9]\d*$/.test(text ?? '') ? Number(text) : undefined;
}

/** Asked for page by page, because `listTools` knows neither limit nor signal. A server that refuses gets the arguments as they are. */
async function inputSchema(api, server, tool, limits) {
  let cursor;
  do {
    const page = await api.request(server, 'tools/list', cursor === undefined ? {} : { cursor }, limits).catch(unlessRefused);
    const found = page.tools?.find(({ name }) => name === tool);
    if (found !== undefined) return found.inputSchema;
    cursor = page.nextCursor;
  } while (typeof cursor === 'string');
  return undefined;
}

function unlessRefused(error) {
  if (error.code !== 'ERR_RPC') throw error;
  return {};
}

function progressOptions(terminal, name) {
  if (!terminal.stderr.isTTY || terminal.json) return {};
  const onProgress = ({ progress, total, message }) => {
    const share = total ? `${Math.floor((100 * progress) / total)} %` : String(progress);
    terminal.progress(`${name}: ${share}${message ? ` ${message}` : ''}`);
  };
  return { onProgress };
}

function document({ success, output, result, isError = false, pid, queuedMs, durationMs, attempts }, { server, tool }) {
  return { server, tool, success, isError, output, result, pid, queuedMs, durationMs, attempts };
}

/** An outcome says 'Timeout' and 'Aborted' to the programs that match on it; a person needs more. */
function failure({ code, error, details, durationMs }, { server, tool, timeoutMs }) {
  const name = `${server}.${tool}`;
  const messages = {
    ERR_CALL_TIMEOUT: `${name} did not answer within ${timeoutMs ?? Math.round(durationMs)} ms; raise --timeout if it needs longer`,
    ERR_ABORTED: `${name} was interrupted`,
  };
  return Object.assign(new Error(messages[code] ?? error), { code, details: { ...details, server, tool } });
}

module.exports = { register };
