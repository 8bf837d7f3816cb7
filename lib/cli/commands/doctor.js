'use strict';

const { EXIT } = require('../exit-codes.js');
const { diagnose } = require('../diagnosis.js');

const MARK = Object.freeze({ ok: ['green', 'ok  '], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] });

function register(program, context) {
  program
    .command('doctor')
    .description('Check that procman can work here, and say how to mend what is wrong.')
    .addHelpText('after', HELP)
    .action(() => doctor(context));
}

const HELP = `
Exit status 1 if a check fails; warnings do not count.

Examples:
  $ procman doctor
  $ procman doctor --json | jq '.checks[] | select(.status != "ok")'`;

async function doctor(context) {
  const { terminal } = context;
  const checks = await diagnose({ loadApi: context.api, versions: process.versions, env: context.env });
  const failed = checks.some(({ status }) => status === 'fail');
  if (failed) context.exitCode = EXIT.FAILURE;
  if (terminal.json) await terminal.printJson({ ok: !failed, checks });
  else await terminal.print(checks.map((check) => format(check, terminal)).join(''));
}

function format({ name, status, detail, fix }, terminal) {
  const [style, mark] = MARK[status];
  const advice = fix === undefined ? '' : `      ${terminal.paint('dim', `fix: ${fix}`)}\n`;
  return `${terminal.labelledWhole(style, mark, `${name}: ${detail}`)}\n${advice}`;
}

module.exports = { register };
