// The official TypeScript SDK's client over stdio.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

export class SdkClient {
  constructor(command, args = []) {
    this.transport = new StdioClientTransport({ command, args, stderr: 'ignore' });
    this.client = new Client({ name: 'bench', version: '0' });
  }

  connect() {
    return this.client.connect(this.transport);
  }

  callTool(name, args) {
    return this.client.callTool({ name, arguments: args });
  }

  close() {
    return this.client.close();
  }
}
