// `mcporter auth` with somebody at the browser who agrees to everything.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const mcporter = fileURLToPath(new URL('../../node_modules/mcporter/dist/cli.js', import.meta.url));

/** Does what ERR_AUTH_REQUIRED says, by its details. Throws with what mcporter said. */
export async function logIn(configPath, { server, login, scope }) {
  if (scope !== undefined) addScope(configPath, server, scope);
  const words = login.split(' ').slice(2);
  const child = spawn(process.execPath, [mcporter, '--config', configPath, ...words, '--no-browser', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const agreed = new Set();
  child.stderr.on('data', (chunk) => (said += chunk));
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
    for (const [, url] of said.matchAll(/"authorizationUrl": "([^"]+)"/g)) {
      if (!agreed.has(url)) void fetch(url).catch((error) => (said += error));
      agreed.add(url);
    }
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`mcporter auth ended with ${code}: ${said}`);
}

function addScope(configPath, server, scope) {
  const config = JSON.parse(readFileSync(configPath, 'utf8'));
  const entry = config.mcpServers[server];
  const scopes = new Set([...(entry.oauthScope ?? '').split(' '), ...scope.split(' ')].filter(Boolean));
  Object.assign(entry, { auth: 'oauth', oauthScope: [...scopes].join(' ') });
  writeFileSync(configPath, JSON.stringify(config));
}
