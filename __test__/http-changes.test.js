'use strict';
// What HTTP servers say unasked: lists are read once until they change, the stream that tells is opened again, and it keeps nobody alive.
const test = require('ava').default;

const procman = require('..');
const { httpFixture } = require('./helpers/http-fixture.js');
const { runNode } = require('./helpers/run-node.js');

const { callToolAsync, closeServer, listTools } = procman;
let fixture;

test.before(async () => {
  fixture = await httpFixture();
  const url = (name, pool) => ({ url: fixture.url(name), ...(pool && { procman: pool }) });
  procman.configure({
    servers: {
      changing: url('changing'),
      still: url('still'),
      posts: url('posts'),
      uncached: url('changing', { sharedMemoryCache: false }),
      modern: url('modern', { protocol: '2026-07-28' }),
    },
  });
});
test.afterEach.always(() => Promise.all(['changing', 'still', 'posts', 'uncached', 'modern'].map((name) => closeServer(name))));
test.after.always(async () => {
  await procman.shutdown();
  await fixture.stop();
});

/** Asks the server's own side until it says so. */
async function until(holds) {
  while (!holds(await fixture.control()));
}

/** Listings that the server saw while `work` ran. */
async function listings(work) {
  const { lists } = await fixture.control();
  await work();
  return (await fixture.control()).lists - lists;
}

/** Connected, and the stream stands. */
async function listening(server) {
  await listTools(server);
  await until(({ streams }) => streams === 1);
}

const twice = (server) => async () => {
  await listTools(server);
  await listTools(server);
};

/** The client hears of things a moment after the server did. */
async function untilListings(server, count) {
  while ((await listings(twice(server))) !== count);
}

test.serial('a list is read once for all, until the server says that it changed', async (t) => {
  await listening('changing');
  await untilListings('changing', 0);
  const before = await listTools('changing');
  t.is((await procman.request('changing', 'tools/list')).nextCursor, undefined, 'all pages are one list');
  t.true((await callToolAsync('changing', 'change')).success);
  let after;
  do after = await listTools('changing');
  while (after.length === before.length);
  t.is(after.length, before.length + 1);
  await untilListings('changing', 0);
  t.deepEqual(await listTools('changing'), after);
});

test.serial('where nobody would tell of a change, each listing asks the server', async (t) => {
  for (const server of ['still', 'posts', 'uncached']) {
    if (server === 'posts') await listTools(server);
    else await listening(server);
    t.is(await listings(twice(server)), 2, server);
    await closeServer(server);
    await until(({ streams }) => streams === 0);
  }
  // A cursor of the caller's own is a question of its own.
  await listening('changing');
  await untilListings('changing', 0);
  t.is(await listings(() => procman.request('changing', 'tools/list', { cursor: '' })), 1);
});

test.serial('a stream that breaks is opened again, and what was read before counts no more', async (t) => {
  await listening('changing');
  await untilListings('changing', 0);
  const { opened } = await fixture.control({ cut: true });
  // Nothing changed, but a change would have been missed: it is read again.
  while ((await listings(() => listTools('changing'))) === 0);
  await until((state) => state.opened === opened + 1 && state.streams === 1);
  await untilListings('changing', 0);
  t.true((await callToolAsync('changing', 'change')).success);
});

test.serial('the stream ends with the connection', async (t) => {
  await listening('changing');
  await closeServer('changing');
  await until(({ streams }) => streams === 0);
  await listening('changing');
  t.is(procman.listServers().find(({ name }) => name === 'changing').running, 1);
});

for (const path of ['changing', 'modern']) {
  test.serial(`a stream that stands keeps no program alive: ${path}`, async (t) => {
    const { code, stdout } = await runNode(
      `const procman = require('.');
       procman.configure({ servers: { web: { url: ${JSON.stringify(fixture.url(path))}, procman: { protocol: ${JSON.stringify(path === 'modern' ? '2026-07-28' : 'legacy')} } } } });
       const control = async () => (await fetch(${JSON.stringify(fixture.url('control'))}, { method: 'POST', body: '{}' })).json();
       (async () => {
         const tools = await procman.listTools('web');
         while ((await control()).streams === 0);
         console.log(tools.length > 0 && (await control()).streams);
       })();`,
    );
    t.deepEqual({ code, stdout }, { code: 0, stdout: '1\n' });
    await until(({ streams }) => streams === 0);
  });
}

test.serial('in the 2026-07-28 protocol a list is kept for as long as the server says, or until it says otherwise', async (t) => {
  await fixture.control({ ttlMs: 0 });
  t.is(await listings(twice('modern')), 2);
  await closeServer('modern');
  await fixture.control({ ttlMs: 600_000 });
  await listening('modern');
  await untilListings('modern', 0);
  t.true((await callToolAsync('modern', 'change')).success);
  while ((await listings(() => listTools('modern'))) === 0);
  t.is(await listings(twice('modern')), 0);
  // The stream is asked for again with the next listing after its end.
  const { opened } = await fixture.control({ cut: true });
  await until(({ streams }) => streams === 0);
  while ((await listings(() => listTools('modern'))) === 0);
  await until((state) => state.opened > opened && state.streams === 1);
});
