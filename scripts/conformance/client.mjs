// The client that the conformance runner starts with the URL of its test server: lists the tools and calls each of them, by the public
// functions. Where a login is asked for, `mcporter auth` makes it, as the error says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

import { logIn } from './login.mjs';
import { exampleArguments } from './example-arguments.mjs';

const MOST_LOGINS = 3;
const SERVER = 'conformance';

const home = mkdtempSync(path.join(os.tmpdir(), 'procman-conformance-'));
// Before procman is loaded: logins of this machine are nobody's business here.
Object.assign(process.env, { HOME: home, XDG_DATA_HOME: path.join(home, 'data') });
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT || '{}');
const configPath = path.join(home, 'mcporter.json');
const procman = createRequire(import.meta.url)('../../index.js');

try {
  writeFileSync(configPath, JSON.stringify({ imports: [], mcpServers: { [SERVER]: entry(process.argv.at(-1)) } }));
  procman.configure({ configPath });
  await useEveryTool();
} finally {
  await procman.shutdown();
  rmSync(home, { recursive: true, force: true });
}

/** What the scenario tells its client beforehand is what a user would write into the entry. */
function entry(url) {
  const { client_id: oauthClientId, client_secret: oauthClientSecret } = context;
  const modern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';
  return { url, oauthClientId, oauthClientSecret, ...(modern && { procman: { protocol: '2026-07-28' } }) };
}

async function useEveryTool() {
  const tools = await withLogin(() => procman.listTools(SERVER));
  for (const { name, arguments: args } of callsOf(tools)) {
    await withLogin(() => procman.callToolRaw(SERVER, name, args, options()));
  }
}

/** Those that the scenario asks for, or one of every tool. */
function callsOf(tools) {
  const offered = new Set(tools.map(({ name }) => name));
  return context.toolCalls?.filter(({ name }) => offered.has(name)) ?? tools.map(({ name, inputSchema }) => ({ name, arguments: exampleArguments(inputSchema) }));
}

/** Somebody who agrees to every form as it is, where the scenario is about questions. */
function options() {
  const accept = (questions) => Object.fromEntries(Object.keys(questions).map((key) => [key, { action: 'accept', content: {} }]));
  return /^(elicitation|sep-2322)/.test(process.env.MCP_CONFORMANCE_SCENARIO) ? { onInputRequired: accept } : {};
}

async function withLogin(work) {
  for (let logins = 0; ; logins += 1) {
    try {
      return await work();
    } catch (error) {
      if (error.code !== 'ERR_AUTH_REQUIRED' || logins === MOST_LOGINS) throw error;
      await logIn(configPath, error.details);
      await procman.closeServer(SERVER);
    }
  }
}
