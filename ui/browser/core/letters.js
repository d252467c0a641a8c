// Words as a model takes them: one-hot, a channel for each letter, and back. The first letter is the empty symbol.

/** @import { Shape } from './spec.js' */
/** @typedef {ArrayLike<number>} Numbers */

/**
 * The signs of a word that a model has no letter for.
 *
 * @param {string} word
 * @param {string[]} letters
 */
export const unknown = (word, letters) => [...new Set(word)].filter((sign) => !letters.includes(sign));

/**
 * A word in 0..1, channels first; after its end stands the empty symbol. Its letters are known, and there is room.
 *
 * @param {string} word
 * @param {string[]} letters
 * @param {Shape} shape
 */
export function oneHot(word, letters, [channels, , places]) {
  const x = new Float32Array(channels * places);
  const signs = [...word];
  for (let place = 0; place < places; place++) x[letters.indexOf(signs[place] ?? '') * places + place] = 1;
  return x;
}

/**
 * How likely each letter is at a place, the likeliest first.
 *
 * @param {Numbers} values - of a word or of a mean
 * @param {Shape} shape
 * @param {number} place
 */
export function ranked(values, [channels, , places], place) {
  return Array.from({ length: channels }, (_, k) => ({ k, value: values[k * places + place] })).sort(
    (a, b) => b.value - a.value,
  );
}

/**
 * The likeliest letters as a word.
 *
 * @param {Numbers} values
 * @param {string[]} letters
 * @param {Shape} shape
 */
export function read(values, letters, shape) {
  return Array.from({ length: shape[2] }, (_, place) => letters[ranked(values, shape, place)[0].k]).join('');
}
