'use strict';

/** What moves a terminal's cursor, colours it, or turns the direction of text: anybody can call a process so. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Foreign text as one line that a terminal shows as it is. */
const printable = (text) => text.replace(UNPRINTABLE, '\u00b7');

module.exports = { printable };
