'use strict';
// Rows of cells as lines of a given width. Pure; knows nothing of what the cells mean.

const GAP = '  ';
const CUT = '\u2026';

/**
 * @typedef {string | {text: string, style: string}} Cell
 * @param {Cell[][]} rows
 * @param {{width?: number, right?: number[], paint?: (style: string, text: string) => string}} [options] `right`: columns that are aligned to
 *   the right; the last column takes what is left of `width` and is cut there
 * @returns {string[]}
 */
function formatColumns(rows, { width = Infinity, right = [], paint = (_, text) => text } = {}) {
  const widths = rows.reduce((known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, lengthOf(textOf(cell)))), []);
  const last = widths.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + GAP.length, 0);
  const room = Math.max(1, width - before);
  const cellOf = (cell, column) => {
    const text = column === last ? cut(textOf(cell), room) : align(textOf(cell), widths[column], right.includes(column));
    return typeof cell === 'string' ? text : paint(cell.style, text);
  };
  return rows.map((row) => row.map(cellOf).join(GAP).trimEnd());
}

const textOf = (cell) => (typeof cell === 'string' ? cell : cell.text);
const lengthOf = (text) => [...text].length;

function align(text, width, toTheRight) {
  const padding = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return toTheRight ? padding + text : text + padding;
}

/** At most so many characters; what is cut says so. */
function cut(text, width) {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}${CUT}`;
}

module.exports = { formatColumns, cut };
