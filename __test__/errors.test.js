'use strict';

const test = require('ava');
const { ProcmanError } = require('..');
const { invalidArgument, unwrap } = require('../lib/api/errors.js');

test('an error of another copy of the package is recognised', (t) => {
  const file = require.resolve('../lib/api/errors.js');
  const { [file]: first } = require.cache;
  delete require.cache[file];
  const copy = require(file);
  require.cache[file] = first;
  t.not(copy.ProcmanError, ProcmanError);
  t.true(new copy.ProcmanError('ERR_CONFIG', 'x') instanceof ProcmanError);
  t.false(new Error('x') instanceof ProcmanError);
});

test('only an abort has the name AbortError', (t) => {
  t.is(new ProcmanError('ERR_ABORTED', 'x').name, 'AbortError');
  t.is(new ProcmanError('ERR_CONFIG', 'x').name, 'ProcmanError');
});

test('an error that is written as JSON keeps its sentence', (t) => {
  const error = new ProcmanError('ERR_CONFIG', 'x', { details: { a: 1 }, cause: new Error('y') });
  t.deepEqual(JSON.parse(JSON.stringify(error)), { name: 'ProcmanError', code: 'ERR_CONFIG', message: 'x', details: { a: 1 }, retryable: false });
});

test('what the native part reports becomes one error, with parsed details', (t) => {
  const native = { tag: 'procman.error', code: 'ERR_SPAWN', message: 'm', details: '{"errno":"ENOENT"}', retryable: true };
  const error = t.throws(() => unwrap(native), { instanceOf: ProcmanError, code: 'ERR_SPAWN', message: 'm' });
  t.deepEqual({ ...error.details, retryable: error.retryable }, { errno: 'ENOENT', retryable: true });
  t.is(unwrap(5), 5);
});

test('bad input is described without being dumped', (t) => {
  const long = 'x'.repeat(1000);
  t.is(invalidArgument('a', 1n, 'a number').message, 'a must be a number; got 1n');
  t.is(invalidArgument('a', null, 'a number').message, 'a must be a number; got null');
  t.is(invalidArgument('a', [], 'a number').message, 'a must be a number; got an array');
  t.true(invalidArgument('a', long, 'a number').message.length < 150);
});
