'use strict';
// What the client package says of an answer of the wrong shape is all that its validator thought, over many lines. Here it is one. Pure.

const MOST = 3;
const UNION = 'invalid_union';

/** The text with a sentence in the place of the validator's list; any other text as it is. */
function shapeSentence(text) {
  const begin = text.search(/\[\s*\{/);
  const issues = begin < 0 ? undefined : listIn(text.slice(begin));
  if (issues === undefined) return text;
  // Messages that are no result and no error match nothing of the union of messages.
  if (issues[0].code === UNION && issues[0].path?.length === 0) return 'what it sent is no JSON-RPC message';
  const more = issues.length > MOST ? `, and ${issues.length - MOST} more` : '';
  return `${text.slice(0, begin)}${issues.slice(0, MOST).map(issueText).join(', ')}${more}`;
}

function listIn(text) {
  try {
    const issues = JSON.parse(text);
    return issues.every(({ message, code }) => typeof message === 'string' && typeof code === 'string') ? issues : undefined;
  } catch {
    return undefined;
  }
}

const issueText = ({ path = [], message }) => `${path.join('.') || 'it'}: ${message.replace(/^Invalid input: /, '')}`;

module.exports = { shapeSentence };
