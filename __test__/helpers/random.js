'use strict';
// Chance that can be had again: PROCMAN_SEED repeats a run.

const seed = Number(process.env.PROCMAN_SEED ?? 20_261_122);

/** mulberry32: small, seeded, good enough to choose victims. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

module.exports = { seed, random };
