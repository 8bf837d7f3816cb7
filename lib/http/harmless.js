'use strict';

/** Whether a tool says of itself that a second run does no harm. Asks the server; a server that does not answer says no. */
async function isHarmless(connection, tool, signal) {
  let cursor;
  try {
    do {
      const page = await connection.request('tools/list', cursor === undefined ? undefined : { cursor }, { signal });
      const found = page.tools?.find(({ name }) => name === tool);
      if (found !== undefined) return found.annotations?.idempotentHint === true || found.annotations?.readOnlyHint === true;
      cursor = page.nextCursor;
    } while (typeof cursor === 'string');
  } catch {
    // The failure that asked for this is the one to tell.
  }
  return false;
}

module.exports = { isHarmless };
