'use strict';

const { EXIT } = require('../exit-codes.js');
const { cut } = require('../format/columns.js');
const { formatBytes, formatDuration } = require('../format/quantities.js');
const { commandOf } = require('../process-rows.js');
const { isLeaderless, isZombie } = require('../process-selection.js');
const { UsageError } = require('../usage-error.js');

function register(program, context) {
  program
    .command('why')
    .description('Say why a process is there: who started it, what it belongs to, whether it is safe to stop, and how.')
    .argument('<pid|:port>', 'a process id, or a TCP port with a colon: :3000', targetOf)
    .addHelpText('after', HELP)
    .action((target) => why(target, context));
}

const HELP = `
A number is a process id if there is one, else a port. Exit status 1 if there is neither.

Examples:
  $ procman why 4242
  $ procman why :3000
  $ procman why :3000 --json | jq '.found[].unit'`;

function targetOf(text) {
  const match = /^(:?)(\d+)$/.exec(text);
  const number = Number(match?.[2]);
  if (match === null || number < 1 || number > (match[1] === ':' ? 0xffff : 0x7fffffff)) {
    throw new UsageError(`'${text}' is neither a process id nor a port; write 4242, or :3000`, { value: text });
  }
  return { number, isPort: match[1] === ':' };
}

async function why(target, context) {
  const { terminal } = context;
  const found = await ask(target, context.api());
  if (found.length === 0) context.exitCode = EXIT.FAILURE;
  if (terminal.json) return terminal.printJson({ found });
  if (found.length === 0) return terminal.note(nobody(target));
  return terminal.printLines(found.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...explain(one, terminal)]));
}

async function ask({ number, isPort }, api) {
  const processes = isPort ? [] : await api.explainProcess({ pid: number });
  return processes.length > 0 || number > 0xffff ? processes : api.explainProcess({ port: number });
}

function nobody({ number, isPort }) {
  const unseen = 'a process of another user or of a container cannot be seen from here';
  return isPort ? `nobody listens on port ${number}; ${unseen}` : `no process has pid ${number}, and nobody listens on such a port; ${unseen}`;
}

function explain(found, terminal) {
  const { process, descendants, treeRssBytes, listens } = found;
  const age = formatDuration(Date.now() - process.startedAt);
  const size = descendants === 0 ? formatBytes(process.rssBytes) : `${formatBytes(process.rssBytes)}, ${formatBytes(treeRssBytes)} with ${descendants} below it`;
  return [
    terminal.paint('bold', cut(`${process.pid}  ${commandOf(process)}`, terminal.width)),
    fact('user', `${process.uid}, started ${new Date(process.startedAt).toISOString()}, ${age} ago`),
    fact('state', `${isLeaderless(process) ? 'alive, its first thread has ended' : process.state}${process.orphan ? ', orphan: who started it is gone' : ''}`),
    fact('memory', size),
    ...(listens.length === 0 ? [] : [fact('listens', listens.join(', '))]),
    ...chainLines(found).map((line) => cut(line, terminal.width)),
    cut(fact('unit', unitText(found)), terminal.width),
    ...verdict(found, terminal),
  ];
}

const fact = (name, text) => `  ${name.padEnd(9)}${text}`;

function chainLines({ chain }) {
  return chain.map((above, index) => fact(index === 0 ? 'below' : '', `${above.pid}  ${commandOf(above)}`));
}

function unitText({ unit, chain }) {
  if (unit === null) return 'none: it was not started through procman';
  const host = chain.find(({ pid }) => pid === unit.hostPid);
  const owner = host === undefined ? 'whose host is gone' : `of ${host.pid} (${commandOf(host)})`;
  return `${unit.firstPid}, ${owner}${unit.guardPid === null ? ', without a guard: procman sweep' : `, guarded by ${unit.guardPid}`}`;
}

/** Safe means: no rule forbids it, and nobody is waiting for it that we know of. */
function verdict({ process, unit, protected: rule }, terminal) {
  if (isZombie(process)) return [fact('stop', terminal.paint('yellow', `no: it is dead; its parent ${process.ppid} does not take it away`))];
  if (rule !== null) return [fact('stop', terminal.paint('yellow', `no: it ${rule}`))];
  if (unit !== null && unit.hostPid !== null) {
    return [fact('stop', `${terminal.paint('yellow', 'with care')}: process ${unit.hostPid} uses it, and may start it again`), command(process)];
  }
  return [fact('stop', terminal.paint('green', 'yes: no rule protects it')), command(process)];
}

const command = ({ pid }) => fact('', `procman kill ${pid}`);

module.exports = { register };
