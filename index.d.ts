/**
 * The public types of @ops/procman. Written by hand; `binding.d.ts` beside it describes the native part and is generated.
 *
 * Times are milliseconds: 0 = at once, Infinity = never; a negative one or NaN is ERR_INVALID_ARGUMENT. `docs/errors.md`
 * has the cause and the next step of every code. An abort by signal rejects with code ERR_ABORTED, name 'AbortError' and
 * cause = signal.reason (`callToolAsync` resolves instead).
 */
import { EventEmitter } from 'node:events';
import type { Readable, Stream, Writable } from 'node:stream';

// ── errors ──────────────────────────────────────────────────────────────────

/**
 * Every error that procman throws or rejects with. `instanceof` also recognises errors of another copy of the package.
 * Its name is 'ProcmanError', or 'AbortError' where the code is ERR_ABORTED.
 */
export class ProcmanError extends Error {
  constructor(
    code: ErrorCode,
    message: string,
    options?: { details?: Record<string, unknown>; retryable?: boolean; cause?: unknown },
  );
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** Facts about the failure: names, values, paths. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** For logs: what `JSON.stringify` writes of it. Without the cause, which may be anything. */
  toJSON(): { name: string; code: ErrorCode; message: string; details: Readonly<Record<string, unknown>>; retryable: boolean };
}

/** Closed list; later versions may add to it. */
export type ErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_CONFIG'
  | 'ERR_CLOSED'
  | 'ERR_ABORTED'
  | 'ERR_NATIVE'
  | 'ERR_UNSUPPORTED'
  | 'ERR_SEMAPHORE_TIMEOUT'
  | 'ERR_SEMAPHORE_QUEUE_FULL'
  | 'ERR_SEMAPHORE_OVER_RELEASE'
  | 'ERR_SERVER_UNKNOWN'
  | 'ERR_SERVER_START'
  | 'ERR_SERVER_EXITED'
  | 'ERR_SERVER_PROTOCOL'
  | 'ERR_SERVER_QUARANTINED'
  | 'ERR_AUTH_REQUIRED'
  | 'ERR_CALL_TIMEOUT'
  | 'ERR_CALL_TOO_LARGE'
  | 'ERR_RPC'
  | 'ERR_TOOL'
  | 'ERR_INPUT_REQUIRED'
  | 'ERR_POOL_EXHAUSTED'
  | 'ERR_SESSION_LOST'
  | 'ERR_SESSION_UNKNOWN'
  | 'ERR_SERVICE_UNKNOWN'
  | 'ERR_SPAWN'
  | 'ERR_GUARD'
  | 'ERR_KILL_REFUSED'
  | 'ERR_PLAN_STALE'
  | 'ERR_CACHE';

// ── semaphore ───────────────────────────────────────────────────────────────

/** A moment's numbers. `current` may exceed `maxConcurrent` for a while after a resize downwards. */
export interface SemaphoreStatus {
  maxConcurrent: number;
  /** Permits that are out. */
  current: number;
  /** Requests that wait. */
  queued: number;
  /** Permits that are free. */
  available: number;
}

export interface SemaphoreOptions {
  /** How long an acquire waits when it does not say itself, ms. Default 60000. */
  queueTimeout?: number;
  /** How many may wait; the next gets ERR_SEMAPHORE_QUEUE_FULL. Default Infinity. */
  maxQueue?: number;
}

export interface AcquireOptions {
  /** How long to wait, ms; 0 = only if a permit is free now. Default: the semaphore's `queueTimeout`. */
  timeout?: number;
  /** Leaves the queue when it fires. */
  signal?: AbortSignal;
}

/** One permit. `using` works with Node >= 24 or compiled TypeScript. */
export interface Permit extends Disposable {
  /** Gives it back. Idempotent; never throws. Do not call `semaphore.release()` for the same acquire. */
  release(): void;
}

/**
 * Permits in strict FIFO order. Belongs to the thread that made it; `mcpSemaphore` is one for the process.
 * Waiting keeps no process alive.
 */
export class Semaphore {
  /**
   * @param maxConcurrent permits that may be out at once, an integer from 1. Default 3.
   * @throws ERR_INVALID_ARGUMENT
   */
  constructor(maxConcurrent?: number, options?: SemaphoreOptions);
  /**
   * Waits for a permit; nobody overtakes. Rejects with ERR_SEMAPHORE_TIMEOUT ('Semaphore acquire timeout (60s)'),
   * ERR_SEMAPHORE_QUEUE_FULL, ERR_ABORTED or ERR_INVALID_ARGUMENT.
   */
  acquire(options?: AcquireOptions): Promise<Permit>;
  /** A permit if one is free now, else null. */
  tryAcquire(): Permit | null;
  /**
   * Gives back one permit taken by `acquire()`.
   * @throws ERR_SEMAPHORE_OVER_RELEASE when none is out; nothing changes then.
   */
  release(): void;
  /** Runs `fn` with a permit, always in a later microtask; settles as `fn` does, or rejects as `acquire()` does. */
  use<T>(fn: () => T | Promise<T>, options?: AcquireOptions): Promise<T>;
  /**
   * Growing wakes waiters in order; shrinking stops nobody and waits for permits to come back.
   * @throws ERR_INVALID_ARGUMENT
   */
  resize(maxConcurrent: number): void;
  getStatus(): SemaphoreStatus;
}

/**
 * The limit of tool calls: one queue for all threads of the process. Its size is `configure({ maxConcurrent })`, else
 * MCP_MAX_CONCURRENT, else `procman.maxConcurrent` of a configuration file (a bad value is ERR_CONFIG at the first use), else 3. A permit goes back on the thread that took it,
 * and when that thread ends.
 */
export const mcpSemaphore: Semaphore;

// ── tool calls ──────────────────────────────────────────────────────────────

export interface ToolCallOptions {
  /** From the grant of the slot until the answer, ms; a server start counts, and goes on for the next caller. Default 30000. */
  timeoutMs?: number;
  /** Tries after the first, only where `retry` allows one; after 1 s, 2 s with jitter, inside `timeoutMs`. Default 2, at most 2147483647. */
  maxRetries?: number;
  /**
   * 'never-sent' (default): only while no byte of the request was accepted, and never after ERR_SPAWN, ERR_CONFIG or
   * ERR_SERVER_UNKNOWN. 'annotated': also tools that say idempotentHint or readOnlyHint.
   */
  retry?: 'never-sent' | 'annotated';
  /** A progress notification starts `timeoutMs` anew. Default false. */
  resetTimeoutOnProgress?: boolean;
  /** Whatever progress says, ms. Default 10 × `timeoutMs`. */
  maxTotalMs?: number;
  signal?: AbortSignal;
  /** Calls with the same id stay on the same server instance. */
  sessionId?: string;
  onProgress?: (progress: { progress: number; total?: number; message?: string }) => void;
  /**
   * Answers what a server of the 2026-07-28 protocol asks before it answers (elicitation, sampling, roots): gets its `inputRequests`,
   * an object of `{ method, params }` by key, and returns an object with the answer for each key; the call goes on with it, up to ten
   * times. `timeoutMs` stands still meanwhile and starts anew with each round; `maxTotalMs` runs on. What it throws ends the call with
   * ERR_INPUT_REQUIRED; so does a question where it is not given. HTTP servers of older protocols ask while the call runs: each question
   * by itself, with its method as key. Over stdio those are for `handlers` of a lease.
   */
  onInputRequired?: (requests: unknown) => unknown | Promise<unknown>;
}

interface ToolCallFacts {
  /** The text that `mcporter call server.tool` prints, final newline included ('' where nothing was answered). */
  output: string;
  /** The tool itself answered isError: `success` is false, `output` holds its text, nothing is retried. */
  isError?: boolean;
  /** The raw MCP result, unknown fields kept; parsed on first access. Not part of JSON.stringify's output. */
  readonly result?: CallToolResult;
  pid?: number;
  /** Time in the queue, ms. */
  queuedMs: number;
  /** From the grant of the slot until the call settled, ms. */
  durationMs: number;
  attempts: number;
}

export type ToolCallOutcome =
  | (ToolCallFacts & { success: true })
  | (ToolCallFacts & {
      success: false;
      /** 'Timeout' on a timeout, 'Aborted' on an abort. */
      error: string;
      code: ErrorCode;
      /** Facts about the failure; of ERR_RPC `rpcCode`, `rpcMessage` and `rpcData`. Not part of JSON.stringify's output. */
      readonly details?: Readonly<Record<string, unknown>>;
    });

export type CallToolResult = {
  content?: unknown[];
  structuredContent?: unknown;
  isError?: boolean;
  [key: string]: unknown;
};

/**
 * Calls a tool when a slot of `mcpSemaphore` is free. Rejects only with ERR_SEMAPHORE_TIMEOUT, ERR_SEMAPHORE_QUEUE_FULL
 * and ERR_INVALID_ARGUMENT; everything else resolves with `success: false`. Keeps the process alive until it settles.
 *
 * @param options a number is `timeoutMs`.
 */
export function callToolAsync(
  server: string,
  tool: string,
  args?: object,
  options?: number | ToolCallOptions,
): Promise<ToolCallOutcome>;
/** Blocks the thread; takes no slot of the queue. HTTP servers: through a helper thread. @throws ERR_INVALID_ARGUMENT only. */
export function callTool(server: string, tool: string, args?: object, timeoutMs?: number): ToolCallOutcome;
/** The raw MCP result, or a rejection with ProcmanError. */
export function callToolRaw(
  server: string,
  tool: string,
  args?: object,
  options?: ToolCallOptions,
): Promise<CallToolResult>;
/** Any other request (resources, prompts, …) by the same path and under the same limit. */
export function request(server: string, method: string, params?: object, options?: ToolCallOptions): Promise<unknown>;

export interface ToolInfo {
  name: string;
  description?: string;
  inputSchema: object;
  outputSchema?: object;
  annotations?: Record<string, unknown>;
  [key: string]: unknown;
}

/** All pages of the server's list. */
export function listTools(server: string): Promise<ToolInfo[]>;
/** Which configuration files count: those that were read, every path that was tried, and what is wrong, for people. */
export function configurationSources(): { files: string[]; lookedAt: string[]; warnings: string[] };
/** The configured servers; `source` is a path or 'code', `running` the number of warm instances; of HTTP servers 1 while this thread has a session. */
export function listServers(): { name: string; transport: 'stdio' | 'http'; source: string; running: number }[];
/**
 * Stops the server's instances, or ends this thread's session with an HTTP server; the next call starts anew, as the configuration is then. Default grace 5000 ms; Infinity: never SIGKILL.
 * Calls that came before end with ERR_CLOSED, those too that wait for its start or for their next try; who still waits for a slot starts it anew.
 * @throws ERR_SERVER_UNKNOWN, ERR_INVALID_ARGUMENT
 */
export function closeServer(server: string, options?: { graceMs?: number }): Promise<void>;
export function getSemaphoreStatus(): SemaphoreStatus;

/** A tool call from the grant of its slot until it settles. */
export interface ActiveProcess {
  id: string;
  /** null while the server starts, and for HTTP. */
  pid: number | null;
  server: string;
  tool: string;
  /** Milliseconds since the epoch. */
  startTime: number;
  /** Milliseconds. */
  duration: number;
  transport: 'stdio' | 'http';
}

export function getActiveProcesses(): ActiveProcess[];

// ── pools ───────────────────────────────────────────────────────────────────

export interface MCPServerPoolOptions {
  /** What to run, instead of `server`. */
  command?: string;
  args?: string[];
  /** Merged over process.env; undefined removes. */
  env?: NodeJS.ProcessEnv;
  /** false: start from an empty environment. Default true. */
  inheritEnv?: boolean;
  cwd?: string;
  /** A configured name. Without it and without `command`: `configure({ defaultServer })`, else the only configured server. */
  server?: string;
  /** Instances kept warm. Default 0. */
  minInstances?: number;
  /** Default 3. */
  maxInstances?: number;
  /**
   * 'shared' (default): leases share instances, calls interleave. 'session': one sessionId, one instance; several sessions may share
   * one. 'exclusive': a lease owns its instance.
   */
  sharing?: 'shared' | 'session' | 'exclusive';
  /** Default 16. */
  maxLeasesPerInstance?: number;
  /** In flight. Default 16. */
  maxCallsPerInstance?: number;
  /** An instance that nobody uses is stopped after this time, ms, down to `minInstances`. Default 300000. */
  idleTimeout?: number;
  /** A session that made no call for this long is unbound, ms. Default 300000. */
  sessionIdleTimeout?: number;
  /** How long getServer() waits before ERR_POOL_EXHAUSTED, ms; 0 = not at all. Default 60000. */
  acquireTimeout?: number;
  /** For process and handshake, ms. Default 60000. */
  startTimeout?: number;
  /** From the end of stdin and SIGTERM to SIGKILL, ms. Default 5000. */
  graceMs?: number;
  /** Of an instance's whole tree, MB; Infinity = none. Default MCP_MEMORY_LIMIT_MB, else 512. */
  memoryLimitMB?: number;
  /** The longest message that is taken from the server, MB, at most 511; a longer one is ERR_CALL_TOO_LARGE for its call alone. Default 64. */
  maxMessageMB?: number;
  /** An instance over its limit, or growing steadily toward it, is replaced: first the new one, then the old one's end. Default true. */
  restartOnMemoryLeak?: boolean;
  /** Tools, resources and server info are read once and shared by all holders, until list_changed. Default true. */
  sharedMemoryCache?: boolean;
  /** Between two looks at an idle instance, ms; 0 = none. Default 30000. */
  healthCheckInterval?: number;
  /** Failures in a row; then ERR_SERVER_QUARANTINED for a while. Default 3. */
  maxRestarts?: number;
  /** Which era of the protocol the server speaks; 'auto' finds out. Default 'legacy'. */
  protocol?: 'legacy' | '2026-07-28' | 'auto';
}

export interface GetServerOptions {
  /** Sessions stay on their instance where `sharing` is 'session'. */
  sessionId?: string;
  /** How long to wait, ms. Default: the pool's `acquireTimeout`. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /**
   * Answers to the server's own requests by method (`sampling/createMessage`, `elicitation/create`, `roots/list`); the lease then owns its
   * instance. `signal` fires when the server takes its question back.
   */
  handlers?: Record<string, (params: unknown, context: { signal: AbortSignal }) => unknown | Promise<unknown>>;
  /** What the handlers can do beyond answering, as `initialize` declares it; without it elicitation is by form only. */
  capabilities?: { sampling?: { tools?: object; context?: object }; elicitation?: { url?: object }; roots?: { listChanged?: boolean } };
}

/** What a server says without being asked. */
export interface ServerNotification {
  method: string;
  params?: unknown;
}

/** A lease on an instance, made by `getServer()`. It ends with `release()`, with its thread, and with the pool. */
export interface MCPServer extends AsyncDisposable {
  /** Names the instance, not the lease. */
  readonly id: string;
  /** Of the instance's first process. */
  readonly pid: number;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** Of the instance's whole tree, as last measured. */
  readonly memoryUsageMB: number;
  readonly isHealthy: boolean;
  readonly sessionId?: string;
  /** Rejects with ProcmanError; ERR_CLOSED after `release()`. */
  callTool(name: string, args?: object, options?: ToolCallOptions): Promise<CallToolResult>;
  listTools(): Promise<ToolInfo[]>;
  request(method: string, params?: object, options?: ToolCallOptions): Promise<unknown>;
  on(event: 'notification', listener: (notification: ServerNotification) => void): this;
  /** 'retiring': the instance is being replaced; new calls go to the new one where sharing allows. 'lost': it died. */
  on(event: 'retiring' | 'lost', listener: (info: { instanceId: string; cause: string }) => void): this;
  off(event: string, listener: (...args: never[]) => void): this;
  /** Gives the instance back. Idempotent; calls in flight go on. */
  release(): void;
}

export interface PoolStats {
  /** Processes, those that are starting or being stopped among them: at most maxInstances and `replacements`. */
  totalInstances: number;
  healthyInstances: number;
  totalMemoryMB: number;
  averageMemoryMB: number;
  busyInstances: number;
  idleInstances: number;
  leases: number;
  callsInFlight: number;
  /** Requests for a lease that wait. */
  waiting: number;
  /** This one and the next four count since the pool began, and stay after its end. */
  started: number;
  reused: number;
  restarted: number;
  retired: number;
  failed: number;
  /** Once the pool is in use: what it was told, and how things stand in detail. */
  limits?: Omit<Required<MCPServerPoolOptions>, 'command' | 'args' | 'env' | 'inheritEnv' | 'cwd' | 'server'>;
  /** Processes that do not serve yet. */
  starting?: number;
  /** That are being drained or stopped. */
  retiring?: number;
  /** On top of maxInstances: the successor that is being started for an instance, or the instance from whose place it took over, until that is gone. */
  replacements?: number;
  /** Sessions that are bound. */
  sessions?: number;
  instances?: PoolInstance[];
  /** From the request for a lease to its grant. */
  waitMs?: Times;
  /** Of processes and handshakes. */
  startMs?: Times;
  /** From sending a call to its answer. */
  serviceMs?: Times;
}

/** Milliseconds of so many samples. */
export interface Times {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** One process of a pool at this moment. */
export interface PoolInstance {
  id: string;
  pid: number | null;
  /** 'retiring': its successor serves, and it keeps who must stay. 'leaving': far above its memory limit; only what is in flight goes on. */
  phase: 'starting' | 'ready' | 'retiring' | 'leaving' | 'stopping';
  leases: number;
  calls: number;
  sessions: number;
  /** Tasks that run on it, or whose results wait to be fetched. */
  tasks: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  lastUsedAt: number;
  memoryMB: number;
  healthy: boolean;
  /** It belongs to a lease with handlers. */
  dedicated: boolean;
}

/** Every event has a time. */
interface Timed {
  timestamp: Date;
}

/** None of them is 'error'. */
export interface PoolEvents {
  'server-created': [Timed & { instanceId: string; pid: number }];
  'server-reused': [Timed & { instanceId: string }];
  'server-released': [Timed & { instanceId: string }];
  /** It died by itself. */
  'server-exited': [Timed & { instanceId: string; exitCode: number | null; signal: string | null; cause: string }];
  'server-start-failed': [Timed & { error: ProcmanError }];
  'server-restarted': [Timed & { oldInstanceId: string; instanceId: string; cause: string }];
  /** The pool stopped it, and nothing of it is left. */
  'server-retired': [Timed & { instanceId: string; cause: string }];
  'server-quarantined': [Timed & { until: Date; error: ProcmanError }];
  'memory-limit': [Timed & { instanceId: string; memoryMB: number; limitMB: number; leakMBPerMinute?: number }];
  'pool-exhausted': [Timed & { waiting: number }];
  'pool-shutdown': [Timed];
}

/**
 * Instances of one server, shared by everybody who asks. A pool keeps no process alive; a pending `getServer()` or call does.
 */
export class MCPServerPool extends EventEmitter<PoolEvents> implements AsyncDisposable {
  /** Starts nothing unless `minInstances` says so. @throws ERR_INVALID_ARGUMENT */
  constructor(options?: MCPServerPoolOptions);
  /**
   * A lease on an instance: a warm one at once, else a started one. Rejects with ERR_POOL_EXHAUSTED, ERR_SESSION_LOST,
   * ERR_SERVER_QUARANTINED, ERR_CONFIG, ERR_SERVER_START, ERR_ABORTED and the errors of a start.
   */
  getServer(options?: GetServerOptions): Promise<MCPServer>;
  /** By id: gives back the oldest open lease on that instance; without one nothing happens. Prefer `server.release()`. */
  releaseServer(server: string | MCPServer): void;
  /** Takes a lease, calls, gives it back. With `options.sessionId` on the session's instance. */
  callTool(name: string, args?: object, options?: ToolCallOptions): Promise<CallToolResult>;
  /**
   * For `client.connect()` of the official SDK: an instance of this pool instead of a process of one's own. `initialize` takes the lease and is
   * answered from the pool's handshake; `close()` gives it back. A client that declares sampling, elicitation or roots gets an instance
   * of its own. With `sessionId` the loss of the instance closes the transport (ERR_SESSION_LOST to `onerror`).
   */
  transport(options?: { sessionId?: string }): PoolTransport;
  /** Unbinds a session from its instance. */
  endSession(sessionId: string): void;
  getStats(): PoolStats;
  /** Stops all instances; the pool takes no more requests. Idempotent. */
  shutdown(options?: { graceMs?: number }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The sizes of a pool under their older names. */
export interface PoolOverrides {
  /** `minInstances`. Default 2. */
  minConnections?: number;
  /** `maxInstances`. Default 10. */
  maxConnections?: number;
  /** `idleTimeout`, ms. Default 300000. */
  maxIdleTime?: number;
  /** ms. Default 60000. */
  healthCheckInterval?: number;
  /** `acquireTimeout`, ms. Default 10000. */
  connectionTimeout?: number;
}

/** Pools by server name, from the same configuration as `callToolAsync`. */
export class McpServerPools extends EventEmitter<{
  connectionCreated: [Timed & { server: string; instanceId: string; pid: number }];
  connectionClosed: [Timed & { server: string; instanceId: string; cause: string; exitCode?: number | null; signal?: string | null }];
  poolHealthCheck: [Timed & { server: string; stats: PoolStats }];
}> {
  /**
   * The same pool for the same name; `overrides` count for the first call of a name. Opens nothing. After its end, or `shutdown()`, a name gets a new
   * one, which has no listeners yet. @throws ERR_INVALID_ARGUMENT
   */
  getPool(server: string, overrides?: PoolOverrides): MCPServerPool;
  getConnection(server: string, sessionId?: string): Promise<MCPServer>;
  releaseConnection(connection: MCPServer): Promise<void>;
  /** By server: of all that were asked for; of `pools`, of all that anybody in the process uses, too. */
  getPoolStats(): Record<string, PoolStats>;
  /** Shuts all pools down, of `pools` those of `callToolAsync` and of other threads too; the next use of a name makes a new one. */
  cleanup(): Promise<void>;
}

/**
 * The pools behind `callToolAsync`: numbers, events and ends are those of the process's pool of that name, whoever used it first, on whatever thread.
 * Their limits come from PROCESS_POOL_SIZE and from `procman` of a server's entry; `overrides` of `getPool()` count from the first lease or call of what
 * it returned. 'poolHealthCheck' is told of the names that `getPool()` was asked for.
 */
export const pools: McpServerPools;

// ── units ───────────────────────────────────────────────────────────────────

/** Equal tokens of one pid on one boot are one process. */
export interface ProcessIdentity {
  pid: number;
  startToken: string;
  bootId: string;
}

export interface ProcessInfo extends ProcessIdentity {
  ppid: number;
  pgid: number;
  sid: number;
  uid: number;
  /** The kernel's name of the program, at most 15 bytes. */
  name: string;
  exe?: string;
  /** Lossy where it is not UTF-8; at most 64 KiB in sum. */
  argv: string[];
  /** Byte by byte, only where `argv` lost something. */
  argvRaw?: Buffer[];
  state: 'running' | 'sleeping' | 'disk-sleep' | 'stopped' | 'zombie' | 'other';
  rssBytes: number;
  /** Share of one core: a rate between samples, over the whole life on the first. */
  cpuPercent: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  threads: number;
  /** The unit that it belongs to. */
  unit?: string;
  /**
   * Its parent is not the one that started it: it was seen with another one before, or is in a session that is neither its own nor its
   * parent's. What made a session of its own and lost its parent before anybody looked is not told from a service of init: false.
   */
  orphan: boolean;
  /** The kernel's number of its pid namespace, where it could be read. Another one than one's own: it is in a container. */
  pidNamespace?: number;
}

/** What a stop did. `stopped` (ended in the grace) and `forced` (SIGKILLed) are disjoint. */
export interface StopReport {
  stopped: ProcessInfo[];
  forced: ProcessInfo[];
  survivors: { process: ProcessInfo; reason: string }[];
  refused: { pid: number; reason: string }[];
  durationMs: number;
}

/** What cannot be kept is ERR_UNSUPPORTED, never ignored: all but `maxMemoryMB` in this version. */
export interface ResourceLimits {
  /**
   * Of all its processes together, swap included, MB. The kernel kills the unit there, and its exit has the cause 'memory'. Needs a cgroup with the memory
   * controller (`capabilities().memoryLimit`), else ERR_UNSUPPORTED.
   */
  maxMemoryMB?: number;
  maxProcesses?: number;
  maxOpenFiles?: number;
  cpuPercent?: number;
}

type Stdio = 'pipe' | 'inherit' | 'ignore';

export interface SpawnOptions {
  cwd?: string;
  /** Merged over process.env; undefined removes. */
  env?: NodeJS.ProcessEnv;
  /** false: start from an empty environment. Default true. */
  inheritEnv?: boolean;
  /** Default 'pipe'. */
  stdio?: Stdio | [Stdio, Stdio, Stdio];
  /** From SIGTERM to SIGKILL, ms; Infinity = never. Default 2000. */
  graceMs?: number;
  /** Stops the unit after this time, ms. Default Infinity. */
  timeoutMs?: number;
  limits?: ResourceLimits;
  /** Stops the unit when it fires. */
  signal?: AbortSignal;
  /**
   * Shares this process's terminal with the command, where stdin is inherited and is that terminal: Ctrl-C, Ctrl-Z, resizing and
   * password prompts work as without procman. When the command is stopped, so is this process with its job; the shell continues both.
   */
  terminal?: boolean;
  /** When the first process has ended: stop what is left (default), or live until the last process ends. */
  leftovers?: 'stop' | 'wait';
}

export interface UnitExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  durationMs: number;
  /** Processes that outlived the first one. */
  leftovers: number;
  survivors: StopReport['survivors'];
  /** Of the largest process. */
  maxRssBytes: number;
  cause: 'exit' | 'stop' | 'timeout' | 'memory' | 'cpu' | 'health' | 'guard';
}

/** A command with everything below it. */
export interface Unit extends AsyncDisposable {
  readonly id: string;
  readonly pid: number;
  readonly identity: ProcessIdentity;
  readonly guarantee: 'kernel' | 'guard' | 'best-effort';
  /** Its input, `null` where it is no pipe; destroyed when the unit is over. Each stream is made when it is first asked for. */
  readonly stdin: Writable | null;
  /** Its output, `null` where it is no pipe. What nobody had read when the unit ended (the kernel's pipe holds 64 KiB) can still be read. */
  readonly stdout: Readable | null;
  /** As {@link stdout}. */
  readonly stderr: Readable | null;
  /**
   * `foreground`: the command has the terminal, in a group of its own. `job`: it is in this process's group, because stdout is no
   * terminal and a neighbour in the pipeline may want it. `null`: the terminal is not shared.
   */
  readonly terminal: 'foreground' | 'job' | null;
  /** When the first process is gone and nothing of the unit is left, or the deadline passed: `survivors` says what is. */
  readonly exited: Promise<UnitExit>;
  /** One signal to the first process, by identity. False: it is gone. */
  kill(signal?: NodeJS.Signals): boolean;
  /** `graceMs`: its own, if none is given; Infinity = never. A later stop may shorten it. Rejects with ERR_INVALID_ARGUMENT. */
  stop(options?: { force?: boolean; graceMs?: number }): Promise<StopReport>;
  processes(): Promise<ProcessInfo[]>;
  /** Keeps the process alive until the unit has ended: the default. */
  ref(): this;
  /** Lets the process end while the unit lives; the guard then stops it. */
  unref(): this;
}

/** Starts a command under the guard. Rejects with ERR_SPAWN, ERR_GUARD, ERR_NATIVE, ERR_UNSUPPORTED, ERR_ABORTED or ERR_INVALID_ARGUMENT. */
export function spawn(
  command: string,
  args?: string[],
  options?: SpawnOptions & { stdio?: 'pipe' },
): Promise<Unit & { stdin: Writable; stdout: Readable; stderr: Readable }>;
export function spawn(command: string, args: string[] | undefined, options: SpawnOptions): Promise<Unit>;

// ── processes ───────────────────────────────────────────────────────────────

export interface ListOptions {
  /** Only those of this process's units; costs by their number and not by the machine's. Default false. */
  managed?: boolean;
  signal?: AbortSignal;
}

/** Every process that this user can see. Read by other threads. @throws ERR_NATIVE without `/proc`, ERR_ABORTED */
export function listProcesses(options?: ListOptions): Promise<ProcessInfo[]>;

/** A process and everybody below it, itself first; empty when there is none. @throws ERR_INVALID_ARGUMENT, ERR_NATIVE */
export function getDescendants(pid: number): Promise<ProcessInfo[]>;

export interface KillOptions {
  /** SIGKILL at once. Default false. */
  force?: boolean;
  /** From the first signal to SIGKILL, ms. Default 2000. */
  graceMs?: number;
  /** The first signal. Default 'SIGTERM'. */
  killSignal?: NodeJS.Signals;
  /** Signals nobody; the report lists who would be stopped as `stopped` (with `force`: `forced`). */
  dryRun?: boolean;
  /** Ends the stop where it is: nobody else is signalled, and nobody is left stopped. */
  signal?: AbortSignal;
  /** Users besides one's own whose processes may be stopped. For root. */
  uids?: number[];
}

/**
 * Stops a process with everybody that can be proved to belong to it: SIGTERM, grace, SIGKILL. Resolves when it is over, not when it is sent; a
 * target that is gone is an empty report. The first process of a unit is stopped as the unit. What a rule protects below the target, and who may
 * have come of it but cannot be proved to, is `refused` with the reason (docs/process.md).
 * @throws ERR_KILL_REFUSED when a rule protects the target, ERR_ABORTED, ERR_INVALID_ARGUMENT, ERR_NATIVE
 */
export function killProcessTree(target: number | ProcessIdentity, options?: KillOptions): Promise<StopReport>;

/** The same for the members of a process group. */
export function killProcessGroup(pgid: number, options?: KillOptions): Promise<StopReport>;

// ── plans ───────────────────────────────────────────────────────────────────

/** A process that a rule chose. */
export interface PlannedProcess {
  process: ProcessInfo;
  /** The rule's name. */
  rule: string;
  /** Among `targets`: why it is stopped. Among `refused`: why it is left alone. */
  reasons: string[];
}

/** Who would be stopped, and who not. Plain data: it survives JSON. */
export interface KillPlan {
  /** RFC 3339. */
  createdAt: string;
  bootId: string;
  targets: PlannedProcess[];
  refused: PlannedProcess[];
}

/**
 * Plans whom these rules choose: everybody that a rule without limits means; of one with limits, who exceeds one of them for `sustainMs`
 * (looking that long). Nothing is done. Whoever is protected is among `refused`: this process and everybody above it, its guards, threads of
 * the kernel, other users' processes, other pid namespaces, PROCMAN_KEEP=1 in the environment, daemons with a stop command of their own.
 * Rejects with ERR_INVALID_ARGUMENT.
 */
export function planKill(rules: MonitorRule[]): Promise<KillPlan>;

export interface ExecuteOptions extends KillOptions {
  /** An older plan is stale, ms. Default 60000. */
  maxAgeMs?: number;
}

/**
 * Stops the targets of a plan that are still who they were, with everybody proved to be below them: SIGTERM, grace, SIGKILL. Who is gone, is
 * another process or runs another program since, is protected now, or is being stopped by another plan (of this user, in any process), is among
 * `refused`. Resolves when it is over. Every action is a line of the audit log. Rejects with ERR_PLAN_STALE (another boot, older than
 * `maxAgeMs`, or from the future), ERR_INVALID_ARGUMENT, ERR_ABORTED.
 */
export function executePlan(plan: KillPlan, options?: ExecuteOptions): Promise<StopReport>;

// ── cleanup and monitoring ──────────────────────────────────────────────────

export interface ProcessCleanupOptions {
  /** Between two scans, ms; 0 or Infinity: none unasked. Default CLEANUP_INTERVAL, else 60000. Below 1000: ERR_CONFIG, it looks like seconds. */
  interval?: number;
  /** Who is younger is left alone, ms; 0: nobody is. Default PROCESS_MAX_AGE (at least 1000), else 300000. */
  maxAge?: number;
  /**
   * How far it reaches. `managed` (default): units of this process that nobody holds, what carries its mark after guard and shim died, and what dead hosts left.
   * `orphans`: also development processes that outlived those who started them. `all-node`: also every other node process.
   */
  scope?: 'managed' | 'orphans' | 'all-node';
  /** Nothing is done; reports tell what would be. */
  dryRun?: boolean;
}

/** What `ProcessCleanup.getStats()` answers. */
export interface CleanupStats {
  isRunning: boolean;
  /** ms */
  interval: number;
  /** ms */
  maxAge: number;
  /** `errors`: scans that failed, and processes that could not be stopped. */
  stats: { scans: number; killed: number; errors: number };
}

/**
 * Stops at intervals what is over age and held by nobody. Held, and so never stopped: instances of pools, servers behind an open transport,
 * commands on a terminal, units inside their `timeoutMs`, and whatever has PROCMAN_KEEP=1 in its environment. What it would stop outside its
 * scope is among `refused` of its reports, with the scope that would.
 */
export class ProcessCleanup {
  /** @throws ERR_INVALID_ARGUMENT, ERR_CONFIG */
  constructor(options?: ProcessCleanupOptions);
  /** Scans at intervals from now on. Idempotent; keeps no process alive. @throws ERR_CONFIG for a bad CLEANUP_INTERVAL or PROCESS_MAX_AGE */
  start(): void;
  /** Idempotent. */
  stop(): void;
  /** One scan. */
  scan(): Promise<StopReport>;
  /** The same with an age of 0. */
  cleanupAll(): Promise<StopReport>;
  /**
   * Stops one process with everything below it; one that a rule protects is among `refused`. `reason` goes into the audit log.
   * @throws ERR_INVALID_ARGUMENT for a number below 2, which is no single process
   */
  killProcess(pid: number, reason?: string): Promise<StopReport>;
  /** While it runs, the times that it was started with. @throws ERR_CONFIG before that, for a bad CLEANUP_INTERVAL or PROCESS_MAX_AGE */
  getStats(): CleanupStats;
}

/** The one that servers start at their boot. It reads the environment when it is first used. */
export const cleanup: ProcessCleanup;
/** The same. */
export const processCleanup: ProcessCleanup;

/** Whom a rule means, what they may use, and what is done with those who use more. */
export interface MonitorRule {
  name: string;
  /**
   * `program`: basename of the executable, or of the script behind node, sh, python, npx, … (with or without its ending), or the package that
   * the script is of. `args`: regular expressions (linear time; no lookaround, no back-references) that match elements of the command line, in
   * this order. A string is shorthand for `{ program }`.
   */
  match: string | { program?: string; args?: string[] };
  /** Resident memory, MB; Infinity: no limit. In a monitor default MAX_MEMORY_MB, else 8192; in a plan none. */
  maxMemoryMB?: number;
  /** Share of one core; Infinity: no limit. In a monitor default MAX_CPU_PERCENT, else 80; in a plan none. */
  maxCpuPercent?: number;
  /** Since its start, ms. Default none. */
  maxAgeMs?: number;
  /** For how long memory or processor time must be too much, ms; three samples at least. 0: one sample counts. Default 10000. */
  sustainMs?: number;
  /** Of a monitor: `restart` replaces instances of pools, successor first; nothing else can be started again. Default 'observe'. */
  action?: 'observe' | 'stop' | 'restart';
}

/** A process that exceeds a limit for long enough. */
export interface ExceededLimit {
  rule: string;
  process: ProcessInfo;
  measure: 'memory' | 'cpu' | 'age';
  /** MB, percent of a core, or ms. */
  value: number;
  limit: number;
  action: 'observe' | 'stop' | 'restart';
  /** For how long, ms. */
  forMs: number;
}

/** Share of the last ten seconds in which somebody (`some`) or everybody (`full`) waited; percent. */
export interface PressureStall {
  some: number;
  full: number;
}

/** One sample. */
export interface MonitorReport {
  /** Processes that this user can see. */
  processes: number;
  /** Of those, in units of this process. */
  managed: number;
  /** Dead, and not taken away by their parents (`ppid`). */
  zombies: ProcessInfo[];
  /** Processes that a rule means and whose parent is gone. */
  orphans: ProcessInfo[];
  exceeded: ExceededLimit[];
  /** `critical`: too much memory, of a process or of the machine. `warning`: anything else in `exceeded` or `alerts`. */
  level: 'ok' | 'warning' | 'critical';
  /** What fills a developer's machine: node, npm, vitest, … and whom rules mean. Memory shared by several counts for each. */
  development: { count: number; memoryMB: number };
  /** Over 100 development processes, over 8192 MB of them together, orphans, waiting for memory. */
  alerts: { code: 'development-processes' | 'development-memory' | 'memory-pressure' | 'orphans'; message: string }[];
  /** What the kernel says, where it does. */
  pressure: { memory?: PressureStall; cpu?: PressureStall; memoryEvents?: { high: number; max: number; oomKill: number } };
  /** Milliseconds since the epoch. */
  takenAt: number;
}

export interface ProcessMonitorEvents {
  sample: [MonitorReport];
  /** Once for each limit that a process exceeds for long enough. */
  exceeded: [ExceededLimit];
  /** What a rule's action did; also when all it did was to refuse. */
  stopped: [StopReport];
  restarted: [{ server: string; rule: string; process: ProcessInfo; reasons: string[] }];
  /** Once, when it was one at the sample before too. */
  zombie: [ProcessInfo];
  /** Once. */
  orphan: [ProcessInfo];
}

export interface ProcessMonitorOptions {
  /** Default: rules for vitest, nx, tsc, MCP servers of node, npm, tsx, turbo, esbuild, vite, …, which observe. */
  rules?: MonitorRule[];
  /** Between two samples, ms, 100 or more; while something is rising it looks more often. Who is new is seen within 5 s. 0 or Infinity: none. Default 5000. */
  interval?: number;
  /** Actions are recorded as `would-stop` and not done. */
  dryRun?: boolean;
  /** Takes this monitor's lines instead of the audit log. */
  logFile?: string;
}

/** Watches the processes of the machine by rules. Acts only where a rule's action says so, and never on whom `planKill()` would refuse. */
export class ProcessMonitor extends EventEmitter<ProcessMonitorEvents> {
  /** @throws ERR_INVALID_ARGUMENT */
  constructor(options?: ProcessMonitorOptions);
  /** Samples at intervals from now on. Idempotent; keeps no process alive. @throws ERR_CONFIG for a bad MAX_MEMORY_MB or MAX_CPU_PERCENT */
  start(): void;
  /** Idempotent. */
  stop(): void;
  /**
   * One pass: samples until every limit that is exceeded has been for long enough, or is not any more; actions are done. `quick`: one sample,
   * in which what is seen counts, and nothing is done. Rejects with ERR_CONFIG or ERR_NATIVE (the processes cannot be read).
   */
  check(options?: { quick?: boolean }): Promise<MonitorReport>;
}

// ── what nobody is left to stop ─────────────────────────────────────────────

/** Why a process is there. */
export interface ProcessExplanation {
  process: ProcessInfo;
  /** Everybody above it, nearest first. */
  chain: ProcessInfo[];
  /** How many are below it. */
  descendants: number;
  /** Resident memory of it and of those; what they share counts for each. */
  treeRssBytes: number;
  /** Where it listens, `address:port` (TCP of this network namespace). */
  listens: string[];
  /** Where it runs under a guard, of this or any other host: the unit's first process, and who is above that. */
  unit: { firstPid: number; shimPid: number; guardPid: number | null; hostPid: number | null } | null;
  /** The rule that protects it, as the end of a sentence that begins with the process; null: it may be stopped. */
  protected: string | null;
}

/** Explains a process, or whoever listens on a TCP port; nobody is an empty list. @throws ERR_INVALID_ARGUMENT, ERR_NATIVE (also where somebody listens who may not be looked into), ERR_UNSUPPORTED (portable backend) */
export function explainProcess(target: { pid: number } | { port: number }): Promise<ProcessExplanation[]>;

/** A file that a guard wrote about its units, and what a sweep made of it. */
export interface LedgerOutcome {
  file: string;
  /**
   * 'left': not touched, `detail` says why (its host lives, it is of a container, …). 'woken': somebody had stopped its guard, which was continued
   * and ended its units. 'swept': nothing is left of its units, and the file is gone. 'kept': something may be left; the next sweep looks again.
   * 'removed': of no use to anybody. 'unusable': no ledger of ours. 'to-sweep', 'to-remove', 'to-wake': what a dry run found.
   */
  state: 'left' | 'woken' | 'swept' | 'kept' | 'removed' | 'unusable' | 'to-sweep' | 'to-remove' | 'to-wake';
  /** Why, for people. */
  detail: string;
  guardPid: number;
  hostPid: number | null;
  /** Processes of its units that were found. */
  found: number;
}

/** What a sweep found and did. `refused`: who carries the cookie of a dead guard and is protected. */
export interface SweepReport extends StopReport {
  /** Everybody that was to be stopped; in a dry run it is all that is told of them. */
  found: ProcessInfo[];
  ledgers: LedgerOutcome[];
  /** Processes of this user whose environment nobody may read: not touched, but they keep a ledger from being called clean. */
  unreadable: number[];
  /** Another sweep was under way for 30 s, and nothing was looked at. */
  busy: boolean;
}

/**
 * Stops what is left of units whose host and guard have both ended: only processes that carry the cookie of such a guard and run as its user. The first
 * unit of a process does the same, beside its work. Resolves when it is over.
 *
 * Rejects with ERR_CONFIG when the folder of the ledgers (see `stateDir`) could be another user's work or there is none, with ERR_NATIVE when `/proc`
 * cannot be read, with ERR_UNSUPPORTED under the portable backend.
 */
export function sweep(options?: {
  /** Between SIGTERM and SIGKILL, milliseconds, at most 600000; what an earlier sweep gave counts. Default 2000. */
  graceMs?: number;
  /** Looks, and does nothing. */
  dryRun?: boolean;
}): Promise<SweepReport>;

/** Appends a process that runs to `services.pids`, `.groups` and `.services`, and its identity to `.identities`, by which a later process of its number is told from it. Rejects with ERR_INVALID_ARGUMENT for a name with a colon, a pid that nobody has, or files that cannot be written, with ERR_UNSUPPORTED under the portable backend. */
export function saveProcessTree(serviceName: string, pid: number, pidsFile: string): Promise<void>;

/** A line of such a list. `process`: who has the number now. */
export interface RecordedProcess {
  service: string | null;
  pid: number;
  pgid: number | null;
  /** 'reused': another process has the number. 'uncertain': whoever has it may be the recorded one or not, because a shell recorded it, or because it is hidden. */
  state: 'running' | 'gone' | 'reused' | 'uncertain';
  process: ProcessInfo | null;
}
/** Reads `services.pids` with its `.groups` and `.services`. Rejects with ERR_INVALID_ARGUMENT naming file and line, with ERR_UNSUPPORTED under the portable backend. */
export function readProcessTrees(pidsFile: string): Promise<RecordedProcess[]>;

export interface LeftoverFile {
  path: string;
  kind: 'socket' | 'pids';
  /** Why it was removed, or kept. */
  reason: string;
}
/**
 * Removes files that are provably nobody's: `*.mcp.sock` on which nobody listens (older than 10 s), and lists of pids of which nobody lives, with the files
 * beside them. Rejects with ERR_INVALID_ARGUMENT for a folder or list that cannot be read, with ERR_UNSUPPORTED under the portable backend.
 */
export function sweepFiles(options?: {
  /** Searched for sockets, not below. Default: the folder for temporary files, and XDG_RUNTIME_DIR. */
  folders?: string[];
  /** Default: none. */
  pidsFiles?: string[];
  /** `removed` tells what would be. */
  dryRun?: boolean;
}): Promise<{ removed: LeftoverFile[]; kept: LeftoverFile[] }>;

// ── for clients of the official SDK ─────────────────────────────────────────

/** What the SDK calls `StdioServerParameters`. */
export interface StdioTransportParameters {
  command: string;
  args?: string[];
  /** Over `getDefaultEnvironment()`. */
  env?: Record<string, string>;
  /** Default 'inherit'. 'overlapped' is 'pipe'; a stream or a descriptor gets a copy. */
  stderr?: 'inherit' | 'pipe' | 'overlapped' | 'ignore' | Writable | Stream | number;
  cwd?: string;
  /** The longest message, bytes; a longer one is told to `onerror`, then the transport closes. Default 10 MiB. */
  maxBufferSize?: number;
}

/** The SDK has the exact type; this one is only what every message has. */
export interface TransportMessage {
  jsonrpc: '2.0';
  [key: string]: unknown;
}

/**
 * Takes the place of the official SDK's `StdioClientTransport`: `client.connect(new StdioTransport({ command, args }))`. The server is a
 * unit under the guard: however this process ends, nothing of it is left, whatever started it (npx, uvx, sh).
 *
 * Errors are ProcmanErrors: a command that cannot be started is ERR_SPAWN with `details.errno`, not a system error.
 */
export class StdioTransport implements AsyncDisposable {
  /** @throws ERR_INVALID_ARGUMENT */
  constructor(server: StdioTransportParameters);
  /** Once for each start, whatever ended the server; nothing is left of it then, and all that it wrote was told. */
  onclose?: () => void;
  /** Not always the end: ERR_SERVER_PROTOCOL (a line that is no message), ERR_CALL_TOO_LARGE, ERR_CLOSED (it stopped reading), ERR_SPAWN. */
  onerror?: (error: Error) => void;
  // The SDK's own types fit; naming them here would make the SDK a dependency.
  onmessage?: (message: any, extra?: any) => void;
  /** A stdio stream has no session. */
  sessionId?: string;
  /** Of the server's first process; null before start() and after the end. */
  get pid(): number | null;
  /** With `stderr: 'pipe'` a stream, already before start(); else null. */
  get stderr(): Stream | null;
  /** Resolves when the server's process runs; `Client.connect()` calls it. @throws what spawn() throws; ERR_INVALID_ARGUMENT when it runs already */
  start(): Promise<void>;
  /** Resolves when the pipe has taken the message. @throws ERR_CLOSED */
  send(message: TransportMessage): Promise<void>;
  /** Closes the server's stdin, after 2 s SIGTERM, after 2 s SIGKILL; the last two to the whole unit. Resolves when nothing is left. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Made by `pool.transport()`. */
export interface PoolTransport extends AsyncDisposable {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: any, extra?: any) => void;
  sessionId?: string;
  /** Of the instance that serves now; null before the client has connected and after close(). */
  readonly pid: number | null;
  start(): Promise<void>;
  send(message: TransportMessage): Promise<void>;
  close(): Promise<void>;
}

/** The variables that a server inherits that was given no `env`: the SDK's list. */
export const DEFAULT_INHERITED_ENV_VARS: readonly string[];
/** Those of them that are set, without exported shell functions. */
export function getDefaultEnvironment(): Record<string, string>;

// ── lifecycle ───────────────────────────────────────────────────────────────

/** Settings of the pool of a configured server. */
export type ServerPoolOptions = Omit<MCPServerPoolOptions, 'command' | 'args' | 'env' | 'inheritEnv' | 'cwd' | 'server'>;

/** A process that speaks over its standard streams. */
export interface StdioServerConfig {
  command: string;
  args?: string[];
  /** Merged over process.env; undefined removes. */
  env?: NodeJS.ProcessEnv;
  inheritEnv?: boolean;
  cwd?: string;
  procman?: ServerPoolOptions;
}

/** A server that is reached by HTTP. What else an entry of a file may say ([docs/configuration.md]) may stand here too. */
export interface HttpServerConfig {
  url: string;
  headers?: Record<string, string>;
  procman?: ServerPoolOptions;
}

export type ServerConfig = StdioServerConfig | HttpServerConfig;

/** A configuration file may have some of these too, which count less: its top-level `procman`, [docs/configuration.md]. */
export interface ConfigureOptions {
  /** Size of `mcpSemaphore`. */
  maxConcurrent?: number;
  /** Of `mcpSemaphore`, ms. */
  queueTimeout?: number;
  /** Of `mcpSemaphore`. */
  maxQueue?: number;
  /** Default of tool calls, ms. */
  timeoutMs?: number;
  /** Default of tool calls. */
  maxRetries?: number;
  /** The configuration file to read instead of searching. */
  configPath?: string;
  /** Servers by name; they win over the files. */
  servers?: Record<string, ServerConfig>;
  /** What a pool runs that was told neither `command` nor `server`. */
  defaultServer?: string;
  /**
   * Where the ledgers lie. Default: the variable PROCMAN_STATE_DIR, else `procman` in `$XDG_STATE_HOME` or `~/.local/state`. A relative folder here is meant
   * from the current directory, in the variable from where the process was when it first used procman.
   */
  stateDir?: string;
  /** Where actions on processes are recorded, a line of JSON each. Default `audit.jsonl` in the state directory. */
  auditLog?: string;
  /** Stands before the message of each of those lines, and of each line of the logger. */
  logPrefix?: string;
  /**
   * Takes what procman says by itself, of this thread: the lives of pool instances, what monitors and cleanups saw and did, and the warnings that are
   * process warnings without it. No line holds what a server wrote, an argument or a value of the environment. One that throws loses its line.
   */
  logger?: Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;
}

/**
 * Before the first call (later: ERR_CONFIG), or after `shutdown()`. The settings are those of the process: a worker that was shut down while other
 * threads run opens itself again with what is in force, or with nothing; anything else is ERR_CONFIG, and so is a call while a `shutdown()` is under way. @throws ERR_INVALID_ARGUMENT, ERR_CONFIG
 */
export function configure(options: ConfigureOptions): void;
/**
 * Stops everything that this process started (in a worker: what the worker made). Idempotent; calls get ERR_CLOSED until
 * `configure()`, also those of this thread that wait for a slot. The guard does the same whenever the process ends. `graceMs` Infinity: no SIGKILL,
 * however long that takes.
 */
export function shutdown(options?: { graceMs?: number }): Promise<void>;

export interface Capabilities {
  platform: string;
  backend: 'linux' | 'portable';
  subreaper: boolean;
  pidfd: boolean;
  cgroupKill: boolean;
  /** Whether the kernel can limit the memory of a unit: `limits.maxMemoryMB`, and the ceiling behind `memoryLimitMB` of a pool. */
  memoryLimit: boolean;
  psi: boolean;
  /** Whether the ledger can be written. */
  ledger: boolean;
  /** Whether units get a grace when this process dies. */
  graceAfterHostDeath: boolean;
  identity: 'strong' | 'best-effort';
  guarantee: Unit['guarantee'];
}

/** What this machine allows. */
export function capabilities(): Capabilities;
