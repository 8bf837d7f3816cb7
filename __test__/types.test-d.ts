// Compiled, never run: the types say what the documentation promises.
import {
  type ErrorCode,
  type SemaphoreStatus,
  type ToolCallOutcome,
  type Unit,
  ProcmanError,
  Semaphore,
  callTool,
  callToolAsync,
  mcpSemaphore,
  spawn,
} from '@ops/procman';
import SemaphoreClass = require('@ops/procman/semaphore');
import helper = require('@ops/procman/mcp-helper');

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<T extends true>(): T | void {}

expectType<Equal<typeof SemaphoreClass, typeof Semaphore>>();
expectType<Equal<typeof helper.callToolAsync, typeof callToolAsync>>();
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
