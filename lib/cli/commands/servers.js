'use strict';

const { printable } = require('../format/printable.js');
const { formatTable } = require('../table.js');

function register(program, context) {
  program
    .command('servers')
    .description('List the configured MCP servers and the files that they come from.')
    .addHelpText('after', HELP)
    .action(() => servers(context));
}

const HELP = `
Examples:
  $ procman servers
  $ procman servers --json | jq -r '.servers[].name'
  $ procman servers --config ./other.json`;

async function servers({ terminal, ...context }) {
  const api = context.api();
  const found = api.listServers();
  const { files, lookedAt, warnings } = api.configurationSources();
  if (terminal.json) {
    await terminal.printJson({ servers: found, files, warnings });
    return;
  }
  for (const warning of warnings) terminal.warn(warning);
  if (found.length === 0) terminal.note(`no server is configured; ${files.length === 0 ? `looked at ${lookedAt.join(', ')}` : `read ${files.join(', ')}`}`);
  const rows = found.map(({ name, transport, running, source }) => [name, transport, running > 0 ? `${running} running` : '-', source].map(printable));
  await terminal.print(formatTable(rows));
}

module.exports = { register };
