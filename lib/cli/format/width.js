'use strict';
// How many columns of a terminal a text takes. Pure. What marks and emoji are V8 knows, and learns with Unicode. Which characters are wide it does not
// tell, and the libraries that do are ES modules, which our oldest Node.js cannot require, or know no emoji.

/** Stand on the character before them, or join it to the next one. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\u200b-\u200d\u2060-\u2064\ufeff\u{e0000}-\u{e0fff}]$/u;

/** W and F of https://www.unicode.org/Public/UCD/latest/ucd/EastAsianWidth.txt, with what is not assigned yet between them. */
const WIDE_BLOCKS = [
  String.raw`\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf\ua960-\ua97f\uac00-\ud7a3`,
  String.raw`\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6`,
  String.raw`\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}`,
].join('');
const TWO_COLUMNS = new RegExp(String.raw`^[\p{Emoji_Presentation}${WIDE_BLOCKS}]$`, 'u');

/** Asks for the emoji of a character that is a narrow sign otherwise. */
const AS_EMOJI = '\ufe0f';

const PLAIN = /^[\x20-\x7e]*$/;

/** What some terminals join into one sign counts as much as the others show. */
function widthOf(text) {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character) {
  if (PLAIN.test(character) || character === AS_EMOJI) return 1;
  if (NO_COLUMN.test(character)) return 0;
  return TWO_COLUMNS.test(character) ? 2 : 1;
}

/** As much of the beginning as fits. */
function beginningOf(text, width) {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, width));
  let [used, end] = [0, 0];
  for (const character of text) {
    used += widthOfCharacter(character);
    if (used > width) break;
    end += character.length;
  }
  return text.slice(0, end);
}

module.exports = { widthOf, beginningOf };
