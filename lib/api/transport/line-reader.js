'use strict';
// Bytes in, lines out. Not node:readline: it also cuts at U+2028, U+2029 and a lone CR, which JSON strings may hold.

const { ProcmanError } = require('../errors.js');

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Cuts a stream of bytes at line feeds. A line is decoded when it is whole, so no code point is ever split. */
class LineReader {
  #maxBytes;
  /** Read and not looked at yet. */
  #rest = NOTHING;
  /** The beginning of the line that is not whole yet. */
  #pieces = [];
  #pieceBytes = 0;

  /** @param {number} maxBytes the longest line that is kept */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  append(chunk) {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
  }

  /** The next whole line, or null. @throws ERR_CALL_TOO_LARGE; what was read is forgotten then. */
  next() {
    const end = this.#rest.indexOf(LINE_FEED);
    if (end < 0) {
      this.#keep(this.#rest);
      this.#rest = NOTHING;
      return null;
    }
    this.#keep(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(end + 1);
    return this.#takeLine();
  }

  #keep(piece) {
    if (this.#pieceBytes + piece.length > this.#maxBytes) throw this.#tooLong();
    if (piece.length > 0) this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }

  #takeLine() {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces, this.#pieceBytes);
    this.#forgetPieces();
    return bytes.toString('utf8');
  }

  #forgetPieces() {
    this.#pieces = [];
    this.#pieceBytes = 0;
  }

  #tooLong() {
    this.#forgetPieces();
    this.#rest = NOTHING;
    // The first words are the SDK's own, which programs look for.
    return new ProcmanError(
      'ERR_CALL_TOO_LARGE',
      `ReadBuffer exceeded maximum size of ${this.#maxBytes} bytes: the server wrote a longer line; ask it for less, or raise maxBufferSize`,
      { details: { maxBufferSize: this.#maxBytes } },
    );
  }
}

module.exports = { LineReader };
