'use strict';
// What comes through a stdio transport, byte by byte: the same lines through the SDK's and ours.
const test = require('ava').default;

const procman = require('..');
const { TRANSPORTS, recorder, script } = require('./helpers/transports.js');

test.after.always(() => procman.shutdown({ graceMs: 0 }));

const LAST = { jsonrpc: '2.0', method: 'last' };
const message = (fields) => JSON.stringify({ jsonrpc: '2.0', ...fields });
const lines = (...all) => all.map((fields) => `${message(fields)}\n`).join('');

/** What the server writes before its last message; how many messages and errors that makes. */
const STREAMS = {
  'code points of two, three and four bytes': [`${message({ method: 'm', params: { text: 'žluťoučký €kůň 🐴 \u2028 \u2029' } })}\n`, 1, 0],
  'CRLF': [`${message({ method: 'm' })}\r\n${message({ id: 'a', result: {} })}\r\n`, 2, 0],
  'white space around': [`  \t${message({ method: 'm' })}  \n`, 1, 0],
  'lines that are no JSON': ['npm WARN deprecated\n{broken\n', 0, 2],
  'empty lines': ['\n\r\n', 0, 2],
  'JSON that is no message': ['{"level":"info"}\n[1,2]\nnull\n"text"\n7\n{"jsonrpc":"1.0","method":"m"}\n', 0, 6],
  'junk between messages': [`a\n${message({ method: 'm' })}\nb\n${message({ method: 'n' })}\n`, 2, 2],
  'every kind of message': [
    lines({ id: 1, method: 'r', params: { a: 1 } }, { id: 'x', method: 'r' }, { method: 'n' }, { id: 1, result: { extra: 1 } }, { id: 2, error: { code: -1, message: 'no', data: [1] } }),
    5, 0,
  ],
  'ids that are none': [lines({ id: null, method: 'r' }, { id: 1.5, method: 'r' }, { id: {}, result: {} }, { result: {} }, { id: 1 }), 0, 5],
  'parameters and results that are no objects': [lines({ method: 'm', params: 'text' }, { id: 1, method: 'm', params: [1] }, { id: 1, result: [] }, { id: 1, error: 'no' }), 0, 4],
};

for (const [title, [stream, messages, errors]] of Object.entries(STREAMS)) {
  for (const [name, Transport] of Object.entries(TRANSPORTS)) {
    test(`${title} (${name})`, async (t) => {
      const written = `${stream}${JSON.stringify(LAST)}\n`;
      const transport = new Transport(script('bytes', JSON.stringify(written).slice(1, -1)));
      const told = recorder(t, transport);
      await transport.start();
      await told.until((now) => now.messages.at(-1)?.method === 'last');
      t.deepEqual([told.messages.length - 1, told.errors.length], [messages, errors], told.errors.join('\n'));
      const trimmed = stream.split('\n').map((line) => line.trim());
      for (const received of told.messages.slice(0, -1)) t.true(trimmed.includes(JSON.stringify(received)));
    });
  }
}

test('a line that is no message is quoted in its error', async (t) => {
  const transport = new procman.StdioTransport(script('bytes', 'Server v1 is up\\n'));
  const told = recorder(t, transport);
  await transport.start();
  await told.until(({ errors }) => errors.length === 1);
  t.like(told.errors[0], { code: 'ERR_SERVER_PROTOCOL', details: { line: 'Server v1 is up' } });
  t.regex(told.errors[0].message, /no JSON .*"Server v1 is up".*stderr/);
});

for (const [name, Transport] of Object.entries(TRANSPORTS)) {
  test(`megabytes and many messages pass both ways in order (${name})`, async (t) => {
    const transport = new Transport({ command: 'cat' });
    const told = recorder(t, transport);
    await transport.start();
    const big = { jsonrpc: '2.0', id: 0, method: 'big', params: { text: 'ž'.repeat(4 * 2 ** 20) } };
    const small = Array.from({ length: 5000 }, (_, index) => ({ jsonrpc: '2.0', id: index + 1, method: 'small' }));
    // One after the other where the pipe is full, as a client does that waits for each.
    await transport.send(big);
    for (const each of small) await transport.send(each);
    await told.until(({ messages }) => messages.length === 5001);
    t.deepEqual(told.messages, [big, ...small]);
    t.deepEqual(told.errors, []);
  });
}
