// The least a JavaScript client can do: a child with pipes, lines split by hand, a Map of promises. The floor that peers are measured on.
import { spawn } from 'node:child_process';

export class RawPipeClient {
  #pending = new Map();
  #nextId = 1;
  #rest = '';

  constructor(command, args = []) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (chunk) => this.#feed(chunk));
  }

  async connect() {
    await this.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '0' } });
    this.child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }

  request(method, params) {
    const id = this.#nextId++;
    this.child.stdin.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n');
    return new Promise((resolve) => this.#pending.set(id, resolve));
  }

  callTool(name, args) {
    return this.request('tools/call', { name, arguments: args });
  }

  async close() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await gone;
  }

  #feed(chunk) {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      this.#pending.get(message.id)?.(message.result);
      this.#pending.delete(message.id);
    }
  }
}
