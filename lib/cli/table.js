'use strict';

/** Columns as wide as their widest cell. The last one is never padded. */
function formatTable(rows) {
  const widths = rows.reduce((known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)), []);
  const line = (row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

module.exports = { formatTable };
