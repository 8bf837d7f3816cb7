import { Semaphore } from './index.js';

/** `const Semaphore = require('@ops/procman/semaphore')`: the class itself. */
export = Semaphore;
