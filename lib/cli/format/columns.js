'use strict';
// Rows of cells as lines of a given width. Pure; knows nothing of what the cells mean.

const { beginningOf, widthOf } = require('./width.js');

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
  const widths = rows.reduce((known, row) => row.slice(0, -1).map((cell, column) => Math.max(known[column] ?? 0, widthOf(textOf(cell)))), []);
  const last = widths.length;
  const before = widths.reduce((sum, each) => sum + each + GAP.length, 0);
  const room = Math.max(1, width - before);
  const cellOf = (cell, column) => {
    const text = column === last ? cut(textOf(cell), room) : align(textOf(cell), widths[column], right.includes(column));
    return typeof cell === 'string' ? text : paint(cell.style, text);
  };
  return rows.map((row) => row.map(cellOf).join(GAP).trimEnd());
}

const textOf = (cell) => (typeof cell === 'string' ? cell : cell.text);

function align(text, width, toTheRight) {
  const padding = ' '.repeat(Math.max(0, width - widthOf(text)));
  return toTheRight ? padding + text : text + padding;
}

/** At most so many columns; what is cut says so. */
function cut(text, width) {
  return beginningOf(text, width) === text ? text : `${beginningOf(text, width - CUT.length)}${CUT}`;
}

module.exports = { formatColumns, cut };
