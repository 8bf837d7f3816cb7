import { cleanup } from './index.js';

/** `const cleanup = require('@ops/procman/process-cleanup')`: the singleton itself. */
export = cleanup;
