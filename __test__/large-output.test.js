'use strict';
// Large texts are lent to V8 instead of being copied: they have to be right, and to come back.
const test = require('ava').default;

const { runNode } = require('./helpers/run-node.js');
const { echoServer } = require('./helpers/programs.js');

const setUp = `const procman = require('.'); procman.configure({ servers: { echo: ${JSON.stringify(echoServer())} } });`;

test('texts around the size from which they are lent are the same as below it', async (t) => {
  const { stdout, stderr } = await runNode(`${setUp}
    (async () => {
      const wrong = [];
      for (const length of [1, 16_382, 16_383, 16_384, 16_385, 100_000, 1_048_576]) {
        for (const text of ['a'.repeat(length), 'é'.repeat(length), 'a'.repeat(length) + '\\ud800']) {
          const { output, result } = await procman.callToolAsync('echo', 'echo', { text });
          if (output !== text + '\\n' || result.content[0].text !== text) wrong.push([length, text.slice(-1)]);
          if (Buffer.from(output).length !== Buffer.byteLength(text) + 1) wrong.push([length, 'bytes']);
        }
      }
      console.log(JSON.stringify(wrong));
      await procman.shutdown();
    })();`);
  t.is(stdout, '[]\n', stderr);
});

test('the memory of large texts comes back, while they are wanted no longer and not before', async (t) => {
  const { stdout, stderr } = await runNode(`${setUp}
    (async () => {
      const MIB = 2 ** 20;
      const rss = () => process.memoryUsage().rss / MIB;
      const call = async () => (await procman.callToolAsync('echo', 'big', { bytes: MIB })).output;
      const kept = [];
      for (let i = 0; i < 20; i += 1) kept.push(await call());
      const before = rss();
      for (let i = 0; i < 1000; i += 1) await call();
      const grown = rss() - before;
      const [first] = kept;
      console.log(grown < 500, kept.every((text) => text === first && text.length > MIB), grown);
      await procman.shutdown();
    })();`);
  t.regex(stdout, /^true true /, stderr);
});
