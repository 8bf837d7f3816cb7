// mcporter as a library: one runtime, one named server, its connection kept.
import { createRuntime } from 'mcporter';

export class McporterClient {
  #definition;

  constructor(command, args = []) {
    const cwd = process.cwd();
    this.#definition = { name: 'bench', command: { kind: 'stdio', command, args, cwd } };
  }

  async connect() {
    this.runtime = await createRuntime({ servers: [this.#definition] });
    await this.runtime.connect('bench');
  }

  callTool(name, args) {
    return this.runtime.callTool('bench', name, { args });
  }

  close() {
    return this.runtime.close();
  }
}
