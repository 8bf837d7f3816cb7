// The same objects as `require('@ops/procman')`, by explicit names.
import procman from './index.js';

export const { ProcmanError, Semaphore, mcpSemaphore, getSemaphoreStatus } = procman;
