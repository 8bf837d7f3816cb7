'use strict';

/**
 * What somebody threw, or gave as the reason of an abort, as text for people. Anything may be thrown, also what has no text; telling of it must
 * not throw in turn.
 * @param {unknown} thrown
 * @param {'message' | 'stack'} [part] of an error
 */
function textOf(thrown, part = 'message') {
  try {
    return String(thrown?.[part] ?? thrown);
  } catch {
    return 'a value without text';
  }
}

module.exports = { textOf };
