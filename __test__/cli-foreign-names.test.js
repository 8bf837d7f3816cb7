'use strict';
// What others called their processes, files and tools, on our terminal: shown, never obeyed. In JSON it is what it is.
const { EventEmitter } = require('node:events');
const test = require('ava').default;

const { fakeApi, procmanError, runCli } = require('./fixtures/fake-api.js');

/** A title of the window, a colour, a line of its own, a clear screen in one byte, text that runs backwards. */
const EVIL = '\u001b]0;x\u0007\u001b[31m\nok\r\u009b2J\u202e';
const SHOWN = '\u00b7]0;x\u00b7\u00b7[31m\u00b7ok\u00b7\u00b72J\u00b7';

// eslint-disable-next-line no-control-regex
const OWN_COLOURS = /\u001b\[\d+m/g;
const UNPRINTABLE = /(?!\n)\p{Cc}|\u202e/u;

const proc = (pid) => ({ pid, ppid: 1, startToken: `${pid}`, bootId: 'b', uid: 0, name: EVIL, argv: [], state: 'sleeping', rssBytes: 1, cpuPercent: 1, startedAt: 0, threads: 1, orphan: false });
const stop = (facts) => ({ stopped: [], forced: [], survivors: [], refused: [], durationMs: 1, ...facts });
const swept = (facts) => ({ ...stop(), found: [], ledgers: [], unreadable: [], busy: false, ...facts });
const report = () => ({
  processes: 1, level: 'critical', development: { count: 0, memoryMB: 0 }, zombies: [{ ...proc(8), ppid: 5 }], orphans: [proc(9)],
  exceeded: [{ rule: EVIL, process: proc(7), measure: 'cpu', value: 99, limit: 80 }], alerts: [{ code: 'x', message: EVIL }],
});

/** Sees the report, and tells each event once when it is started. */
class ProcessMonitor extends EventEmitter {
  check() {
    return Promise.resolve(report());
  }
  start() {
    for (const [event, data] of [['exceeded', report().exceeded[0]], ['zombie', proc(8)], ['orphan', proc(9)], ['stopped', stop({ refused: [{ pid: 7, reason: EVIL }] })]]) this.emit(event, data);
  }
  stop() {}
}

/** Runs a command as on a terminal, and in a pipe; nothing but lines of ours may come, so many of them, with the name in them so often. */
async function shown(t, words, overrides, { lines, names = lines, signals }) {
  for (const isTTY of [true, false]) {
    const api = { ...fakeApi(overrides), ProcessMonitor };
    const emitter = new EventEmitter();
    const running = runCli(words, { api, isTTY, columns: 200, signals: emitter });
    if (signals) setImmediate(() => emitter.emit('SIGTERM', 'SIGTERM'));
    const { stdout, stderr } = await running;
    const text = (stdout + stderr).replaceAll('\r\u001b[2K', '');
    const bare = isTTY ? text.replace(OWN_COLOURS, '') : text;
    t.notRegex(bare, UNPRINTABLE, JSON.stringify(bare));
    t.is(bare.split('\n').length - 1, lines, bare);
    t.is(bare.split(SHOWN).length - 1, names, bare);
  }
}

test('health and monitor show the names of processes, rules and alerts', async (t) => {
  await shown(t, ['health'], {}, { lines: 5, names: 5 });
  await shown(t, ['monitor', 'check'], {}, { lines: 5, names: 5 });
  await shown(t, ['monitor', 'start'], {}, { lines: 5, names: 5, signals: true });
});

test('kill shows reasons and refusals, pids what is kept, errors and warnings what they quote', async (t) => {
  const told = stop({ stopped: [proc(7)], survivors: [{ process: proc(8), reason: EVIL }], refused: [{ pid: 9, reason: EVIL }] });
  await shown(t, ['kill', '7'], { killProcessTree: async () => told }, { lines: 4, names: 4 });
  await shown(t, ['kill', '7'], { killProcessTree: async () => Promise.reject(procmanError('ERR_KILL_REFUSED', `its parent (${EVIL})`)) }, { lines: 1 });
  const plan = { targets: [{ process: proc(7), rule: EVIL, reasons: [EVIL] }], refused: [] };
  await shown(t, ['kill', '--match', 'x', '--dry-run'], { planKill: async () => plan }, { lines: 2, names: 3 });
  const recorded = [{ service: EVIL, pid: 7, pgid: null, state: 'running', process: proc(7) }];
  await shown(t, ['pids'], { readProcessTrees: async () => recorded }, { lines: 1, names: 2 });
  const kept = { readProcessTrees: async () => [], sweepFiles: async () => ({ removed: [], kept: [{ path: EVIL, reason: EVIL }] }) };
  await shown(t, ['pids', '--stop'], kept, { lines: 2, names: 2 });
});

test('sweep shows paths and reasons', async (t) => {
  const files = { removed: [{ path: EVIL, reason: EVIL }], kept: [{ path: EVIL, reason: EVIL }] };
  const ledgers = [{ file: EVIL, state: 'kept', detail: EVIL }];
  await shown(t, ['sweep', '--files', '/tmp'], { sweep: async () => swept({ ledgers }), sweepFiles: async () => files }, { lines: 4, names: 6 });
});

test('why shows names and rules', async (t) => {
  const found = { process: proc(7), chain: [proc(5)], descendants: 0, treeRssBytes: 1, listens: [], unit: null, protected: EVIL };
  await shown(t, ['why', '7'], { explainProcess: async () => [found] }, { lines: 7, names: 3 });
});

test('tools and servers show what a server and a file call themselves', async (t) => {
  const found = [{ name: EVIL, description: `${EVIL.replaceAll('\n', '')}`, inputSchema: { properties: { [EVIL]: {} } } }];
  const { stdout } = await runCli(['tools', 's'], { api: fakeApi({ listTools: async () => found }) });
  t.notRegex(stdout, UNPRINTABLE);
  t.is(stdout.split('\n').length, 2);
  await shown(t, ['servers'], { listServers: () => [{ name: EVIL, transport: 'stdio', running: 0, source: EVIL }] }, { lines: 1, names: 2 });
});

test('what a server says of a call keeps its lines, and nothing else of that kind', async (t) => {
  const said = () => Promise.reject(procmanError('ERR_RPC', `s.t: invalid:\n[\u001b[2J]`));
  const { stderr } = await runCli(['call', 's.t'], { api: fakeApi({ callToolAsync: said }) });
  t.is(stderr, 'procman: ERR_RPC: s.t: invalid:\n  [\u00b7[2J]\n');
});

test('JSON has every name as it is', async (t) => {
  const api = { ...fakeApi({ killProcessTree: async () => stop({ refused: [{ pid: 7, reason: EVIL }] }) }), ProcessMonitor };
  t.is(JSON.parse((await runCli(['health', '--json'], { api, isTTY: true })).stdout).zombies[0].name, EVIL);
  t.is(JSON.parse((await runCli(['kill', '7', '--json'], { api, isTTY: true })).stdout).refused[0].reason, EVIL);
  const refused = { killProcessTree: async () => Promise.reject(procmanError('ERR_KILL_REFUSED', EVIL)) };
  t.is(JSON.parse((await runCli(['kill', '7', '--json'], { api: fakeApi(refused), isTTY: true })).stdout).error.message, EVIL);
});
