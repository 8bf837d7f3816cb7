// procman itself, one configured server. One process of it, as the peers have: more of them would share the two cores of a small machine.
import procman from '../../index.js';

export class ProcmanClient {
  constructor(command, args = []) {
    const settings = { maxInstances: 1, maxCallsPerInstance: 64 };
    procman.configure({ maxConcurrent: 64, servers: { bench: { command, args, procman: settings } } });
  }

  connect() {
    return procman.listTools('bench');
  }

  callTool(name, args) {
    return procman.callToolAsync('bench', name, args);
  }

  close() {
    return procman.shutdown();
  }
}
