'use strict';
// `procman top` on a terminal: it redraws, listens to keys, follows a resize, and gives the terminal back.
const test = require('ava').default;

const { CTRL_C, TerminalSession } = require('./helpers/terminal.js');

const LEAVES = /\u001b\[\?25h\u001b\[\?1049l/; // eslint-disable-line no-control-regex
const top = (...options) => TerminalSession.start(process.execPath, ['bin/procman.js', 'top', '--interval', '250ms', ...options]);

test('it shows processes, again and again, until q', async (t) => {
  const session = await top();
  await session.expect(/\u001b\[\?1049h\u001b\[\?25l/); // eslint-disable-line no-control-regex
  for (let reading = 0; reading < 3; reading += 1) await session.expect(/\d+ processes, \d+ zombies, .*; by cpu;/);
  session.type('m');
  await session.expect(/; by mem;/);
  session.type('g');
  await session.expect(/processes under procman/);
  session.type('q');
  await session.expect(LEAVES);
  t.deepEqual(await session.ended, { code: 0, signal: null });
});

test('Ctrl-C ends it as a signal would, with the terminal as it was', async (t) => {
  const session = await top();
  await session.expect(/; by cpu;/);
  session.type(CTRL_C);
  await session.expect(LEAVES);
  t.is((await session.ended).code, 130);
});

test('it follows the size of its window', async (t) => {
  const session = await top('--sort', 'pid');
  await session.expect(/; by pid;/);
  session.resize(6, 40);
  // Six lines at most, and none wider than the window: its first line, the summary, is cut there. Long command lines are cut in wide ones too.
  const [page] = await session.expect(/\u001b\[H[^\r\n]*\u2026\u001b\[K\r\n[^]*?\u001b\[J/); // eslint-disable-line no-control-regex
  // eslint-disable-next-line no-control-regex
  const lines = page.slice(page.lastIndexOf('\u001b[H')).replace(/\u001b\[[\d;]*[A-Za-z]/g, '').split('\r\n');
  t.true(lines.length <= 6, page);
  t.true(lines.every((line) => [...line].length <= 40), page);
  session.type('q');
  await session.ended;
});
