// Compiled, never run: the types say what the documentation promises.
import {
  type CleanupStats,
  type ErrorCode,
  type KillPlan,
  type MonitorReport,
  type MonitorRule,
  type SemaphoreStatus,
  type MCPServer,
  type PoolStats,
  type ProcessInfo,
  type StopReport,
  type ToolCallOutcome,
  type Unit,
  type SweepReport,
  type RecordedProcess,
  type ProcessExplanation,
  ProcmanError,
  MCPServerPool,
  ProcessCleanup,
  ProcessMonitor,
  cleanup,
  executePlan,
  planKill,
  processCleanup,
  McpServerPools,
  Semaphore,
  callTool,
  callToolAsync,
  configure,
  getDescendants,
  killProcessGroup,
  killProcessTree,
  listProcesses,
  mcpSemaphore,
  pools,
  spawn,
  sweep,
  sweepFiles,
  saveProcessTree,
  readProcessTrees,
  explainProcess,
} from '@ops/procman';
import SemaphoreClass = require('@ops/procman/semaphore');
import helper = require('@ops/procman/mcp-helper');
import manager = require('@ops/procman/pool-manager');

configure({ servers: { a: { command: 'node' }, b: { url: 'http://127.0.0.1:1/mcp', headers: { 'x-a': '1' } } }, logger: console, logPrefix: '[x]' });
// @ts-expect-error a server is a command or a URL
configure({ servers: { c: { args: [] } } });

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<T extends true>(): T | void {}

expectType<Equal<typeof SemaphoreClass, typeof Semaphore>>();
expectType<Equal<typeof helper.callToolAsync, typeof callToolAsync>>();
expectType<Equal<typeof manager.MCPServerPool, typeof MCPServerPool>>();
expectType<Equal<typeof pools, McpServerPools>>();
expectType<Equal<ReturnType<typeof mcpSemaphore.getStatus>, SemaphoreStatus>>();

async function semaphore(signal: AbortSignal) {
  using permit = await new Semaphore(3, { maxQueue: 10 }).acquire({ timeout: 50, signal });
  permit.release();
  const text: string = await mcpSemaphore.use(async () => 'text');
  // @ts-expect-error options are an object
  await mcpSemaphore.acquire(50);
  return text;
}

async function calls() {
  const outcome: ToolCallOutcome = await callToolAsync('server', 'tool', { a: 1 }, 5000);
  if (!outcome.success) {
    const code: ErrorCode = outcome.code;
    throw new ProcmanError(code, outcome.error, { cause: callTool('server', 'tool') });
  }
  // @ts-expect-error an outcome that succeeded has no error
  return outcome.error;
}

async function units() {
  await using unit = await spawn('node', ['-v']);
  unit.stdout.pipe(process.stdout);
  const silent: Unit = await spawn('node', [], { stdio: 'ignore' });
  // @ts-expect-error may be null
  silent.stdout.pipe(process.stdout);
  const exit = await unit.exited;
  expectType<Equal<typeof exit.code, number | null>>();
}

export { semaphore, calls, units };

async function leases(signal: AbortSignal) {
  await using pool = new MCPServerPool({ command: 'npx', args: ['-y', 'server'], sharing: 'session', maxInstances: 3 });
  pool.on('server-exited', ({ instanceId, exitCode, timestamp }) => `${instanceId} ${exitCode} ${timestamp.getTime()}`);
  pool.on('server-quarantined', ({ until, error }) => `${until.toISOString()} ${error.code}`);
  await using server: MCPServer = await pool.getServer({ sessionId: 'ann', signal, handlers: { 'roots/list': () => ({ roots: [] }) } });
  server.on('lost', ({ cause }) => cause.length).on('notification', ({ method }) => method.length);
  const { structuredContent } = await server.callTool('tool', { a: 1 }, { timeoutMs: 5, sessionId: 'ann' });
  pool.releaseServer(server.id);
  pool.releaseServer(server);
  const stats: Record<string, PoolStats> = new McpServerPools().getPoolStats();
  const shared: MCPServerPool = pools.getPool('server', { maxConnections: 2 });
  // @ts-expect-error no event is called so
  pool.on('server-died', () => {});
  // @ts-expect-error sharing is one of three
  new MCPServerPool({ sharing: 'all' });
  return [structuredContent, stats, shared];
}

async function safety() {
  const rules: MonitorRule[] = [{ name: 'tests', match: { program: 'node', args: ['mcp'] }, maxMemoryMB: 512, action: 'stop' }];
  const plan: KillPlan = await planKill(rules);
  const report: StopReport = await executePlan(plan, { maxAgeMs: 1, graceMs: 1, dryRun: true });
  const monitor = new ProcessMonitor({ rules, interval: 1000, logFile: '/tmp/x.log' });
  monitor.on('exceeded', ({ measure, process }) => `${measure} ${process.pid}`).on('stopped', ({ forced }) => forced.length);
  const { level }: MonitorReport = await monitor.check({ quick: true });
  const stats: CleanupStats = cleanup.getStats();
  await new ProcessCleanup({ scope: 'orphans', dryRun: true }).killProcess(processCleanup.getStats().interval, 'why');
  // @ts-expect-error a scope is one of three
  new ProcessCleanup({ scope: 'everything' });
  return [report, level, stats];
}

async function processes(signal: AbortSignal) {
  const [first]: ProcessInfo[] = await listProcesses({ managed: true, signal });
  const tree: ProcessInfo[] = await getDescendants(first.pid);
  const report: StopReport = await killProcessTree(first, { graceMs: 500, killSignal: 'SIGINT', uids: [1000], signal });
  await killProcessGroup(tree[0].pgid, { force: true, dryRun: true });
  // @ts-expect-error a signal is named
  await killProcessTree(first.pid, { killSignal: 15 });
  const bytes: Buffer | undefined = first.argvRaw?.[0];
  return { report, bytes };
}

async function leftBehind() {
  const { found, ledgers, survivors }: SweepReport = await sweep({ dryRun: true, graceMs: 5 });
  const kept = ledgers.filter(({ state }) => state === 'kept').map(({ file, guardPid, hostPid }) => [file, guardPid, hostPid ?? 0]);
  const { removed } = await sweepFiles({ folders: ['/tmp'], pidsFiles: ['.pids/services.pids'] });
  await saveProcessTree('service', process.pid, '.pids/services.pids');
  const recorded: RecordedProcess[] = await readProcessTrees('.pids/services.pids');
  const [why]: ProcessExplanation[] = await explainProcess({ port: 3000 });
  // @ts-expect-error a pid or a port
  await explainProcess({ name: 'node' });
  return [found, survivors, kept, removed, recorded, why?.unit?.hostPid];
}

export { leases, safety, processes, leftBehind };
