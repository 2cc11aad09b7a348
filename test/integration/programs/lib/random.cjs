// Random numbers from a seed, so that a failing run can be run again.

/**
 * xorshift32 (Marsaglia, 2003).
 * @param {number} seed
 */
function createRandom(seed) {
  let state = seed | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
  /** A whole number from 0 to `end` - 1. @param {number} end */
  const below = (end) => Math.floor(next() * end);
  /** @template T @param {readonly T[]} items @returns {T} */
  const pick = (items) => items[below(items.length)];
  return { next, below, pick };
}

module.exports = { createRandom };
