// What every model of a sweep is given: the same draws of the prior and the same test images.

export const SAMPLES = 24;
const IMAGES = 8;
const KNOWN = 500; // as many test images of a set are kept: the eight are among them

/**
 * Draws from U(0, 1), the same in every browser (mulberry32).
 * @param {number} seed
 * @returns {() => number}
 */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * So many draws from N(0, 1), the same for every β and every visitor (Box and Muller).
 * @param {number} count
 */
export function draws(count, seed = 1) {
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Float32Array.from({ length: count }, normal);
}

/**
 * The positions of the first test images of as many classes as there are, then of their second ones, …
 * @param {Uint8Array} labels
 */
export function oneOfEach(labels, count = IMAGES) {
  /** @type {Map<number, number>} */
  const seen = new Map();
  const known = [...labels.subarray(0, KNOWN)].map((label, i) => {
    const turn = (seen.get(label) ?? 0) + 1;
    seen.set(label, turn);
    return { turn, label, i };
  });
  known.sort((a, b) => a.turn - b.turn || a.label - b.label);
  return known.slice(0, count).map(({ i }) => i);
}
