'use strict';
// Streams of units that are asked for late, or never. Serial: pipes of this process are counted.
const { once } = require('node:events');
const fs = require('node:fs');
const { text } = require('node:stream/consumers');
const test = require('ava').default;

const procman = require('..');

test.after.always(() => procman.shutdown({ graceMs: 0 }));

const shell = (line) => procman.spawn('sh', ['-c', line]);
/** Pipes and sockets of this process. */
function openPipes() {
  const targets = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one by which they are read.
      return '';
    }
  });
  return targets.filter((target) => /^(pipe|socket):/.test(target)).length;
}
const ended = async (line) => {
  const unit = await shell(line);
  await unit.exited;
  return unit;
};

test.serial('units whose streams nobody asked for kept three descriptors each', async (t) => {
  await ended('true');
  const before = openPipes();
  for (let i = 0; i < 20; i++) await ended('echo out; echo err >&2');
  t.is(openPipes(), before);
});

test.serial('the stdin of a unit that is over kept its descriptor', async (t) => {
  await ended('true');
  const before = openPipes();
  const unit = await shell('read line');
  t.true(unit.stdin.writable);
  await unit.stop({ graceMs: 0 });
  t.true(unit.stdin.destroyed);
  if (!unit.stdin.closed) await once(unit.stdin, 'close');
  t.is(openPipes(), before);
  t.true((await ended('true')).stdin.destroyed);
});

test.serial('a write that a dead unit had not read was told as taken', async (t) => {
  for (let round = 0; round < 20; round++) {
    const unit = await procman.spawn('sleep', ['1000']);
    const written = new Promise((resolve) => unit.stdin.write('x'.repeat(2 ** 20), resolve));
    unit.kill('SIGKILL');
    t.is((await written)?.code, 'EPIPE');
    await unit.exited;
  }
});

test.serial('what nobody had read when the unit ended is there as long as somebody has the unit', async (t) => {
  const full = 64 * 1024;
  const unit = await ended(`head -c ${full} /dev/zero | tr '\\0' x; echo err >&2`);
  t.is(await text(unit.stdout), 'x'.repeat(full));
  t.is(await text(unit.stderr), 'err\n');
  t.is(unit.stdout, unit.stdout);
});

test.serial('a stream that is asked for between the end of the unit and the news of it has lost nothing', async (t) => {
  await ended('true');
  const before = openPipes();
  const unit = await shell('echo out');
  // The news cannot arrive while this thread looks on.
  while (openPipes() > before);
  const { stdout, stdin } = unit;
  t.true(stdin.destroyed);
  t.is(await text(stdout), 'out\n');
  await unit.exited;
});

test.serial('an output that somebody outside of the unit writes to is open after its end', async (t) => {
  const unit = await shell('read line; echo out');
  const writer = fs.openSync(`/proc/${unit.pid}/fd/1`, 'w');
  unit.stdin.end('\n');
  await unit.exited;
  const output = text(unit.stdout);
  fs.writeSync(writer, 'from outside\n');
  fs.closeSync(writer);
  t.is(await output, 'out\nfrom outside\n');
});
