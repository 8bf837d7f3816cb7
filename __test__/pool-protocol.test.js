'use strict';
// Many callers on one process: lists that are shared, notifications that reach all, questions that reach one.
const test = require('ava').default;

const { shutdown } = require('..');
const { next, poolOf, textOf } = require('./helpers/pools.js');

test.after.always(() => shutdown({ graceMs: 0 }));

const listed = async (server) => Number(textOf(await server.callTool('lists')));

test('tools are listed once for all holders, until the server says that they changed', async (t) => {
  const pool = poolOf(t, { maxInstances: 1 });
  const [ann, bob] = [await pool.getServer(), await pool.getServer()];
  const before = await listed(ann);
  const lists = await Promise.all([ann, bob, ann, bob].map((server) => server.listTools()));
  for (const list of lists) t.deepEqual(list, lists[0]);
  t.is(await listed(ann), before + 1);

  const told = [next(ann, 'notification'), next(bob, 'notification')];
  await ann.callTool('change');
  for (const { method } of await Promise.all(told)) t.is(method, 'notifications/tools/list_changed');
  t.deepEqual(await bob.listTools(), lists[0]);
  t.is(await listed(ann), before + 2);
});

test('without the shared cache each listing asks the server', async (t) => {
  const pool = poolOf(t, { maxInstances: 1, sharedMemoryCache: false });
  const server = await pool.getServer();
  const before = await listed(server);
  await server.listTools();
  await server.listTools();
  t.is(await listed(server), before + 2);
});

test('a holder with handlers answers its own server, which nobody shares', async (t) => {
  const pool = poolOf(t, { maxInstances: 2 });
  const roots = [{ uri: 'file:///srv/ann', name: 'ann' }];
  const ann = await pool.getServer({ handlers: { 'roots/list': () => ({ roots }) } });
  const bob = await pool.getServer();
  t.not(ann.id, bob.id);
  t.deepEqual(JSON.parse(textOf(await ann.callTool('ask', { method: 'roots/list' }))), { roots });
  t.true('roots' in JSON.parse(textOf(await ann.callTool('capabilities'))));
  t.like(JSON.parse(textOf(await bob.callTool('ask', { method: 'roots/list' }))), { code: -32601 });
  t.deepEqual(JSON.parse(textOf(await bob.callTool('capabilities'))), {});
});

test('a handler that throws is an error of the question, with its own code where it has one', async (t) => {
  const pool = poolOf(t);
  const server = await pool.getServer({
    handlers: {
      'roots/list': () => {
        throw new Error('no roots today');
      },
      'sampling/createMessage': async () => {
        throw Object.assign(new Error('the user said no'), { code: -1, data: { why: 'private' } });
      },
    },
  });
  const ask = async (method) => JSON.parse(textOf(await server.callTool('ask', { method, params: {} })));
  t.deepEqual(await ask('roots/list'), { code: -32603, message: 'no roots today' });
  t.deepEqual(await ask('sampling/createMessage'), { code: -1, message: 'the user said no', data: { why: 'private' } });
  t.like(await ask('elicitation/create'), { code: -32601 });
});
