// An MCP server over stdio that forwards every message to an HTTP server: `forwarder.mjs URL`. It judges and changes nothing, so what the
// suite sees at the URL is what the stdio engine wrote.
import { createInterface } from 'node:readline';

const PROTOCOL = 'io.modelcontextprotocol/protocolVersion';
const url = process.argv[2];
let session;
let negotiated;

/** One at a time: the engine's order is part of what is tested. */
let last = Promise.resolve();
createInterface({ input: process.stdin }).on('line', (line) => {
  last = last.then(() => forward(line)).catch((error) => console.error(error));
});

async function forward(line) {
  const message = JSON.parse(line);
  const response = await fetch(url, { method: 'POST', headers: headersOf(message), body: line });
  session = response.headers.get('mcp-session-id') ?? session;
  const text = await response.text();
  const answers = response.headers.get('content-type')?.startsWith('text/event-stream') ? eventsOf(text) : [text];
  for (const answer of answers.filter((candidate) => candidate.startsWith('{'))) {
    negotiated ??= JSON.parse(answer).result?.protocolVersion;
    process.stdout.write(`${answer}\n`);
  }
}

function headersOf({ method, params }) {
  const modern = params?._meta?.[PROTOCOL];
  const version = modern ?? negotiated;
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(session !== undefined && { 'mcp-session-id': session }),
    ...(version !== undefined && { 'mcp-protocol-version': version }),
    ...(modern !== undefined && { 'mcp-method': method, ...(params.name !== undefined && { 'mcp-name': params.name }) }),
  };
}

const eventsOf = (text) => text.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice('data:'.length).trim());
