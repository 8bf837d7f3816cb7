'use strict';
// The commands and what they have in common.

const { Command } = require('commander');
const { COMMANDS } = require('./command-names.js');
const { version } = require('../../package.json');

/**
 * @param {object} context what main() was given, plus `terminal` and `exitCode`
 * @param {string} [first] the first word; where it is a command, the others are not loaded
 * @returns {Command}
 */
function createProgram(context, first) {
  const program = new Command('procman')
    .description('Process management for Node servers: MCP tool calls, and commands that leave nothing behind.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    // Options after a command's first word belong to what `run` starts.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: () => {}, getOutHelpWidth: () => context.stdout.columns || 100 })
    .hook('preAction', (before, command) => prepare({ ...before.opts(), ...command.opts() }, context))
    .addHelpText('after', `\nExamples:\n${examples([
      'procman call everything.get-sum a=2 b=3',
      'procman run -- npm run dev',
      'procman doctor',
    ])}\n\nExit statuses and all options: docs/cli.md`);
  for (const name of COMMANDS.includes(first) ? [first] : COMMANDS) require(`./commands/${name}.js`).register(program, context);
  addCommonOptions(program);
  for (const command of program.commands) addCommonOptions(command.helpOption('-h, --help', 'print help'));
  return program;
}

/** Before the command or behind it. */
function addCommonOptions(command) {
  command.option('--config <file>', 'read this configuration file only').option('--json', 'print one JSON document, errors too');
}

/** `api()` loads the addon when a command first needs it, so that help and usage errors are quick. */
function prepare({ json = false, config }, context) {
  context.terminal.json = json;
  let api;
  context.api = () => {
    if (api !== undefined) return api;
    const loaded = context.loadApi();
    if (config !== undefined) loaded.configure({ configPath: config });
    return (api = loaded);
  };
}

const examples = (lines) => lines.map((line) => `  $ ${line}`).join('\n');

module.exports = { createProgram };
