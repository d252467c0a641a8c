// Where the ticks of an axis are, linear or logarithmic, and how they are written.
import { fixed } from './elements.js';

/** @typedef {[low: number, high: number]} Range */
/** @typedef {[value: number, words: string]} Tick */

const POWERS = ['⁻⁹', '⁻⁸', '⁻⁷', '⁻⁶', '⁻⁵', '⁻⁴', '⁻³', '⁻²', '⁻¹', '⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/**
 * A round step that divides a span into at most as many parts.
 *
 * @param {number} span
 * @param {number} most
 */
export function roundStep(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  const factor = [1, 2, 5].find((times) => span / (times * power) <= most * 1.001) ?? 10;
  return factor * power;
}

/**
 * @param {Range} range
 * @param {number} most
 * @returns {Tick[]}
 */
function powersOfTen([low, high], most) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.ceil((last - first) / most);
  /** @param {number} power */
  const words = (power) => (Math.abs(power) < 4 ? `${10 ** power}`.slice(0, 5) : `10${POWERS[power + 9]}`);
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  return powers.filter((power) => power % every === 0).map((power) => [10 ** power, words(power)]);
}

/**
 * @param {Range} range
 * @param {boolean} log
 * @param {number} most
 * @returns {Tick[]}
 */
export function ticks(range, log, most) {
  if (log) return powersOfTen(range, most);
  const [low, high] = range;
  const size = roundStep(high - low, most);
  const first = Math.ceil(low / size - 1e-6);
  const digits = Math.max(0, -Math.floor(Math.log10(size) + 1e-6));
  const values = Array.from({ length: Math.floor(high / size + 1e-6) - first + 1 }, (_, i) => (first + i) * size);
  return values.map((value) => [value, fixed(value, digits)]);
}
