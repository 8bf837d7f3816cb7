// procman itself, one configured server.
import procman from '../../index.js';

export class ProcmanClient {
  constructor(command, args = []) {
    procman.configure({ maxConcurrent: 64, servers: { bench: { command, args, procman: { maxInstances: 1, maxCallsPerInstance: 64 } } } });
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
