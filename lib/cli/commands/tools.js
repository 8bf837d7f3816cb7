'use strict';

const { warnOfConfiguration } = require('../configuration-warnings.js');
const { exitCodeOfSignal } = require('../exit-codes.js');
const { printable } = require('../format/printable.js');
const { sayGoodbye, WAIT_OPTION } = require('../goodbye.js');
const { onSignals } = require('../on-signals.js');
const { formatTable } = require('../table.js');

function register(program, context) {
  program
    .command('tools')
    .description('List the tools of an MCP server with their arguments.')
    .argument('<server>', 'the server as configured')
    .option(...WAIT_OPTION)
    .addHelpText('after', HELP)
    .action((server, options) => tools(server, options, context));
}

const HELP = `
An argument with a question mark may be left out.

Examples:
  $ procman tools filesystem
  $ procman tools filesystem --json | jq '.tools[] | select(.name == "read_text_file").inputSchema'`;

async function tools(server, options, context) {
  const { terminal } = context;
  const api = context.api();
  // There is nothing to cancel in a question: the whole engine stops, and the question fails with it.
  const signals = onSignals(context.signals, (signal) => {
    context.exitCode = exitCodeOfSignal(signal);
    void api.shutdown();
  });
  try {
    warnOfConfiguration(api, terminal);
    terminal.progress(`${server} …`);
    const found = await api.listTools(server);
    if (terminal.json) await terminal.printJson({ server, tools: found });
    else await terminal.print(formatTable(found.map((tool) => [printable(signature(tool)), terminal.paint('dim', firstLine(tool.description))])));
  } finally {
    terminal.clearProgress();
    await sayGoodbye(api, options);
    signals.dispose();
  }
}

function signature({ name, inputSchema }) {
  const required = new Set(Array.isArray(inputSchema?.required) ? inputSchema.required : []);
  const names = Object.keys(inputSchema?.properties ?? {}).map((key) => (required.has(key) ? key : `${key}?`));
  return `${name}(${names.join(', ')})`;
}

const firstLine = (text = '') => text.trim().split('\n', 1)[0];

module.exports = { register };
