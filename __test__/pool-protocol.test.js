'use strict';
// Many callers on one process.
const test = require('ava').default;

const { shutdown } = require('..');
const { poolOf, textOf } = require('./helpers/pools.js');

test.after.always(() => shutdown({ graceMs: 0 }));

const listed = async (server) => Number(textOf(await server.callTool('lists')));

test('without the shared cache each listing asks the server', async (t) => {
  const pool = poolOf(t, { maxInstances: 1, sharedMemoryCache: false });
  const server = await pool.getServer();
  const before = await listed(server);
  await server.listTools();
  await server.listTools();
  t.is(await listed(server), before + 2);
});

test('handlers are refused rather than ignored', async (t) => {
  const error = await t.throwsAsync(poolOf(t).getServer({ handlers: { 'roots/list': () => ({ roots: [] }) } }));
  t.is(error.code, 'ERR_UNSUPPORTED');
  t.regex(error.message, /options\.handlers/);
});
