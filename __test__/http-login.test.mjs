// Logins that `mcporter auth` stored: used, refreshed under its locks, written back so that mcporter's own code reads them, and never shown.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'

import test from 'ava'

const require = createRequire(import.meta.url)
const procman = require('..')
const { httpFixture } = require('./helpers/http-fixture.js')
const mcporter = new URL('.', import.meta.resolve('mcporter'))
const { buildOAuthPersistence, readCachedAccessToken } = await import(new URL('oauth-persistence.js', mcporter))
const { withFileLock } = await import(new URL('fs-json.js', mcporter))
const { withFileLock: ourLock } = require('../lib/http/auth/file-lock.js')

const CANARY = /canary/i
const CLIENT = { client_id: 'client-1', client_secret: 'canary-client-secret', redirect_uris: ['http://127.0.0.1/callback'] }

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procman-login-'))
const vaultFile = path.join(folder, 'data', 'mcporter', 'credentials.json')
process.env.XDG_DATA_HOME = path.join(folder, 'data')
process.env.HOME = folder
process.env.STATIC_TOKEN = 'canary-static-token'
process.env.BEARER_SECRET = 'canary-client-secret'

let fixture
let shown = ''

/** What mcporter makes of an entry; its functions take nothing else. */
const definition = (name, more = {}) => ({ name, command: { kind: 'http', url: new URL(fixture.url('guarded')) }, ...more })
const persistence = (name, more) => buildOAuthPersistence(definition(name, more))
const soon = (seconds) => Math.floor(Date.now() / 1000) + seconds
const vault = () => JSON.parse(fs.readFileSync(vaultFile, 'utf8'))

test.before(async () => {
  fixture = await httpFixture()
  const guarded = fixture.url('guarded')
  const entries = {
    oauth: { url: guarded, auth: 'oauth' },
    plain: { url: guarded },
    folder: { url: guarded, auth: 'oauth', tokenCacheDir: path.join(folder, 'tokens') },
    old: { url: guarded },
    renamed: { url: guarded },
    stranger: { url: guarded, auth: 'oauth' },
    "it's odd": { url: guarded },
    bearer: {
      url: guarded,
      auth: 'refreshable_bearer',
      oauthClientId: 'client-1',
      refresh: { tokenEndpoint: fixture.url('token'), clientSecretEnv: 'BEARER_SECRET' },
    },
    static: { url: guarded, bearerTokenEnv: 'STATIC_TOKEN' },
    quoting: { url: `${fixture.url('quoting')}?key=canary-url-key`, bearerTokenEnv: 'STATIC_TOKEN' },
    rpc: { url: fixture.url('mcp'), headers: { Authorization: 'Bearer ${STATIC_TOKEN}' } },
    away: { url: 'http://user:canary-password@127.0.0.1:9/mcp?key=canary-url-key', bearerTokenEnv: 'STATIC_TOKEN' },
    unset: { url: guarded, bearerTokenEnv: 'NOBODY_SETS_THIS' },
  }
  const configPath = path.join(folder, 'mcporter.json')
  fs.writeFileSync(configPath, JSON.stringify({ mcpServers: entries, imports: [] }))
  procman.configure({ configPath })
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream)
    stream.write = (chunk, ...rest) => ((shown += chunk), write(chunk, ...rest))
  }
})
// The stream of a session asks once more in its own time, with a token that the next test may have changed.
test.afterEach.always(() => Promise.all(procman.listServers().map(({ name }) => procman.closeServer(name))))
test.after.always(async () => {
  await procman.shutdown()
  await fixture.stop()
  fs.rmSync(folder, { recursive: true, force: true })
})

/** A fresh login, as `mcporter auth` leaves it: written by mcporter's own code. */
async function logIn(t, name, { expiresIn = 3600, more, client = CLIENT } = {}) {
  const access = `canary-access-${t.title.length}-${name}`
  const refresh = `canary-refresh-${t.title.length}-${name}`
  await fixture.authorization({ access, refresh, refreshes: 0, replays: 0, tokenStatus: 0, requireScope: '' })
  const store = await persistence(name, more)
  await store.saveClientInfo(client)
  await store.saveTokens({ access_token: access, token_type: 'Bearer', refresh_token: refresh, expires_at: soon(expiresIn) })
  // A vault may name the login of a server so.
  await procman.closeServer(name.replace(/-oauth$/, ''))
  return { access, refresh }
}

const echo = (server, options) => procman.callToolAsync(server, 'echo', { text: 'hello' }, options)

test.serial('a stored login is used, with and without auth in the entry', async (t) => {
  for (const name of ['oauth', 'plain']) {
    await logIn(t, name)
    t.is((await echo(name)).output, 'hello\n')
    t.is((await fixture.authorization()).refreshes, 0)
  }
})

test.serial('a token at its end is refreshed in time and written back, and mcporter reads it', async (t) => {
  const { refresh } = await logIn(t, 'oauth', { expiresIn: 30 })
  const neighbours = Object.keys(vault().entries)
  fs.chmodSync(vaultFile, 0o640)
  t.is((await echo('oauth')).output, 'hello\n')
  const server = await fixture.authorization()
  t.is(server.refreshes, 1)
  t.like(server.lastTokenRequest, { grant_type: 'refresh_token', refresh_token: refresh, resource: fixture.url('guarded') })
  const stored = await (await persistence('oauth')).readTokens()
  t.is(stored.access_token, server.access)
  t.is(stored.refresh_token, server.refresh)
  t.true(stored.expires_at > soon(3000))
  t.is(await readCachedAccessToken(definition('oauth')), server.access)
  t.is((await (await persistence('oauth')).readClientInfo()).client_id, 'client-1')
  t.deepEqual(Object.keys(vault().entries), neighbours)
  t.is(fs.statSync(vaultFile).mode & 0o777, 0o640)
  t.deepEqual(fs.readdirSync(path.dirname(vaultFile)).filter((name) => /\.(lock|tmp|break)$/.test(name)), [])
})

test.serial('a token that the server refuses is refreshed, and the call goes on', async (t) => {
  await logIn(t, 'oauth')
  await fixture.authorization({ access: 'canary-other' })
  t.like(await echo('oauth'), { output: 'hello\n', attempts: 1 })
  t.is((await fixture.authorization()).refreshes, 1)
  // And in the middle of a session as well.
  await fixture.authorization({ access: 'canary-another' })
  t.is((await echo('oauth')).output, 'hello\n')
  t.is((await fixture.authorization()).refreshes, 2)
})

test.serial('a login that somebody renewed meanwhile is taken, not refreshed again', async (t) => {
  await logIn(t, 'oauth')
  t.is((await echo('oauth')).output, 'hello\n')
  await (await persistence('oauth')).saveTokens({ access_token: 'canary-renewed', token_type: 'Bearer', refresh_token: 'canary-new', expires_at: soon(3600) })
  // The stream of the session may ask in between.
  await fixture.authorization({ access: 'canary-renewed' })
  t.is((await echo('oauth')).output, 'hello\n')
  t.is((await fixture.authorization()).refreshes, 0)
})

test.serial('many calls, threads and processes refresh a token once', async (t) => {
  await logIn(t, 'oauth', { expiresIn: 10 })
  const program = new URL('fixtures/http-caller.js', import.meta.url)
  const others = [1, 2, 3].map(() => fork(program, ['oauth', path.join(folder, 'mcporter.json')], { stdio: 'pipe' }))
  const answers = others.map((child) => once(child, 'message'))
  const own = await Promise.all([1, 2, 3].map(() => echo('oauth')))
  t.is(procman.callTool('oauth', 'echo', { text: 'blocked' }).output, 'blocked\n')
  for (const { output } of own) t.is(output, 'hello\n')
  for (const [{ output }] of await Promise.all(answers)) t.is(output, 'hello\n')
  t.like(await fixture.authorization(), { refreshes: 1, replays: 0 })
})

test.serial('tokens in a folder, in the folder of old and under the old name', async (t) => {
  const inFolder = { tokenCacheDir: path.join(folder, 'tokens') }
  await logIn(t, 'folder', { expiresIn: 10, more: inFolder })
  t.is((await echo('folder')).output, 'hello\n')
  let { access } = await fixture.authorization()
  t.is((await (await persistence('folder', inFolder)).readTokens()).access_token, access)
  t.is((await (await persistence('folder')).readTokens()).access_token, access)

  const old = path.join(folder, '.mcporter', 'old')
  fs.mkdirSync(old, { recursive: true })
  fs.writeFileSync(path.join(old, 'client.json'), JSON.stringify(CLIENT))
  fs.writeFileSync(path.join(old, 'tokens.json'), JSON.stringify({ access_token: 'canary-old', refresh_token: 'canary-old-refresh', expires_at: soon(5) }))
  await fixture.authorization({ access: 'canary-old', refresh: 'canary-old-refresh' })
  t.is((await echo('old')).output, 'hello\n')
  ;({ access } = await fixture.authorization())
  t.is((await (await persistence('old')).readTokens()).access_token, access)

  await logIn(t, 'renamed-oauth', { expiresIn: 10 })
  t.is((await echo('renamed')).output, 'hello\n')
  ;({ access } = await fixture.authorization())
  const renamed = await persistence('renamed')
  t.is((await renamed.readTokens()).access_token, access)
  t.is((await renamed.readClientInfo()).client_id, 'client-1')
})

test.serial('a bearer token is refreshed at the endpoint that its entry names', async (t) => {
  await logIn(t, 'bearer', { expiresIn: 5 })
  t.is((await echo('bearer')).output, 'hello\n')
  const { access, lastTokenRequest } = await fixture.authorization()
  const basic = Buffer.from('client-1:canary-client-secret').toString('base64')
  t.is(lastTokenRequest.authorization, `Basic ${basic}`)
  t.is((await (await persistence('bearer')).readTokens()).access_token, access)
})

test.serial('our lock and the lock of mcporter keep each other out, and that of a dead process is broken', async (t) => {
  const file = path.join(folder, 'locked.json')
  const order = []
  const turn = (name) => async () => {
    order.push(`${name} in`)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`${name} out`)
  }
  await Promise.all([withFileLock(file, turn('theirs')), ourLock(file, turn('ours')), withFileLock(file, turn('theirs')), ourLock(file, turn('ours'))])
  for (let at = 0; at < order.length; at += 2) t.is(order[at].split(' ')[0], order[at + 1].split(' ')[0])
  const child = fork(new URL('fixtures/http-caller.js', import.meta.url), [], { stdio: 'ignore' })
  await once(child, 'exit')
  fs.writeFileSync(`${file}.lock`, `${child.pid}\n`)
  t.is(await ourLock(file, async () => 'mine'), 'mine')
  t.false(fs.existsSync(`${file}.lock`))
})

test.serial('whoever must log in is told how', async (t) => {
  await fixture.authorization({ access: 'canary-nobody-has-this' })
  const outcome = await echo('stranger')
  t.like(outcome, { success: false, code: 'ERR_AUTH_REQUIRED', attempts: 1 })
  t.true(outcome.error.includes('npx mcporter auth stranger'))
  const { details } = await t.throwsAsync(procman.callToolRaw('stranger', 'echo'), { code: 'ERR_AUTH_REQUIRED' })
  t.like(details, { server: 'stranger', login: 'npx mcporter auth stranger' })
  t.is((await t.throwsAsync(procman.callToolRaw("it's odd", 'echo'))).details.login, String.raw`npx mcporter auth 'it'\''s odd'`)
  t.true((await echo('static')).error.includes('correct the Authorization header'))
  // A login between two calls is enough.
  await logIn(t, 'stranger')
  t.is((await echo('stranger')).output, 'hello\n')
})

test.serial('no token in any error, outcome, list, log or inspection', async (t) => {
  const told = []
  const tell = async (title, work) => {
    const value = await work().catch((error) => error)
    told.push([title, [inspect(value, { depth: 20, showHidden: true }), String(value?.stack), JSON.stringify(value), inspect(value?.cause, { depth: 20 })].join('\n')])
    return value
  }
  const both = async (title, server) => {
    for (const [form, call] of [['raw', () => procman.callToolRaw(server, 'error', {}, { maxRetries: 0 })], ['outcome', () => procman.callToolAsync(server, 'error', {}, { maxRetries: 0 })], ['blocking', async () => procman.callTool(server, 'error')]]) {
      const value = await tell(`${title}, ${form}`, call)
      t.truthy(value.code, `${title}, ${form} is an error`)
    }
  }
  await both('a header that is refused', 'static')
  await both('an HTTP error that quotes the request', 'quoting')
  await both('a JSON-RPC error that quotes the request', 'rpc')
  await both('no connection', 'away')
  await both('a placeholder without variable', 'unset')
  await logIn(t, 'oauth')
  await fixture.authorization({ access: 'canary-x', refresh: 'canary-y' })
  await both('a refresh token that is refused', 'oauth')
  await logIn(t, 'oauth')
  await fixture.authorization({ access: 'canary-x', tokenStatus: 503 })
  await both('a token endpoint that is down', 'oauth')
  await logIn(t, 'oauth')
  await fixture.authorization({ requireScope: 'more' })
  await both('a scope that the login lacks', 'oauth')
  await logIn(t, 'bearer')
  await fixture.authorization({ access: 'canary-x', tokenStatus: 500 })
  await both('a bearer token that is not renewed', 'bearer')
  await tell('lists', async () => [procman.listServers(), procman.getActiveProcesses(), procman.configurationSources(), procman])
  for (const [title, text] of told) t.notRegex(text, CANARY, title)
  t.notRegex(shown, CANARY, 'the streams of this process')
  // The servers did quote what they got.
  for (const title of ['an HTTP error that quotes the request, raw', 'a JSON-RPC error that quotes the request, raw']) {
    t.true(new Map(told).get(title).includes('[hidden]'), title)
  }
})

test.serial('a login that cannot be stored serves this process, which says so', async (t) => {
  await logIn(t, 'folder', { expiresIn: 5, more: { tokenCacheDir: path.join(folder, 'tokens') } })
  const tokens = path.join(folder, 'tokens', 'tokens.json')
  // Nobody replaces a folder by a file, not even root.
  fs.renameSync(tokens, `${tokens}.away`)
  fs.mkdirSync(tokens)
  const warned = once(process, 'warning')
  const readable = await echo('folder')
  fs.rmdirSync(tokens)
  t.like(readable, { success: false, code: 'ERR_AUTH_REQUIRED' })
  t.true(readable.error.includes('EISDIR'))
  fs.renameSync(`${tokens}.away`, tokens)
  // Where nobody makes files, not even root.
  fs.rmSync(vaultFile)
  fs.symlinkSync('/proc/version', vaultFile)
  await fixture.authorization({ access: 'canary-x' })
  t.is((await echo('folder')).output, 'hello\n')
  const [warning] = await warned
  t.regex(warning.message, /the renewed login of server 'folder' cannot be stored \(\w+\)/)
  fs.rmSync(vaultFile)
})

test.serial('a refused refresh token is not offered again, and the vault is left as it was', async (t) => {
  await logIn(t, 'oauth')
  await fixture.authorization({ access: 'canary-x', refresh: 'canary-y' })
  const before = vault()
  for (let call = 0; call < 3; call += 1) t.is((await echo('oauth')).code, 'ERR_AUTH_REQUIRED')
  t.is((await fixture.authorization()).replays, 1)
  t.deepEqual(vault(), before)
})
