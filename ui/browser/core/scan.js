// Grey pictures become images of a model as MNIST's digits did. Pure functions, for node as well.

/** @import { Shape } from './spec.js' */
/** @typedef {[height: number, width: number]} Size */
/**
 * Where ink begins and ends along one side, and its centre.
 *
 * @typedef {{ from: number, to: number, mass: number }} Extent
 */

/**
 * @param {number} value
 * @param {number} [low]
 * @param {number} [high]
 */
const clamp = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

/** @param {Float32Array} values */
const median = (values) => values.sort()[values.length >> 1];

/**
 * The brightness of the paper at each pixel: a plane through the medians of its four borders, because light falls from
 * one side.
 *
 * @param {Float32Array} grey
 * @param {Size} size
 */
function paperOf(grey, [height, width]) {
  /** @param {number} i */
  const x = (i) => (i % width) / width - 0.5;
  /** @param {number} i */
  const y = (i) => i / width / height - 0.5;
  const left = median(grey.filter((_, i) => x(i) < -0.4));
  const right = median(grey.filter((_, i) => x(i) > 0.4));
  const top = median(grey.filter((_, i) => y(i) < -0.4));
  const bottom = median(grey.filter((_, i) => y(i) > 0.4));
  const middle = (left + right + top + bottom) / 4;
  return (/** @type {number} */ i) => middle + ((right - left) * x(i) + (bottom - top) * y(i)) / 0.9;
}

/**
 * The ink in 0..1 of a grey picture, dark on bright or bright on dark; noise and shadows of its paper are none.
 *
 * @param {Float32Array} grey
 * @param {Size} size
 */
export function inkOf(grey, size) {
  const paper = paperOf(grey, size);
  const from = grey.map((value, i) => value - paper(i));
  const sorted = from.slice().sort();
  const specks = grey.length >> 10;
  const dark = -sorted[specks];
  const bright = sorted[sorted.length - 1 - specks];
  const peak = dark > bright ? -dark : bright;
  // Paper varies to both sides: the side without ink shows by how much.
  const floor = clamp(Math.min(dark, bright) / Math.abs(peak), 0.08, 0.4);
  return from.map((value) => (Math.abs(peak) < 0.1 ? 0 : clamp((value / peak - floor) / (1 - 2 * floor))));
}

/**
 * Specks are passed over.
 *
 * @param {Float64Array} sums - of the ink across
 * @returns {Extent}
 */
function extent(sums) {
  const most = sums.reduce((a, b) => Math.max(a, b));
  const total = sums.reduce((a, b) => a + b);
  const inked = (/** @type {number} */ sum) => sum > 0.03 * most;
  return {
    from: sums.findIndex(inked),
    to: sums.findLastIndex(inked) + 1,
    mass: sums.reduce((moment, sum, i) => moment + (sum * (i + 0.5)) / total, 0),
  };
}

/**
 * How far ink reaches downwards and to the right, or null without ink.
 *
 * @param {ArrayLike<number>} ink
 * @param {Size} size
 */
function extents(ink, [rows, columns]) {
  const down = new Float64Array(rows);
  const across = new Float64Array(columns);
  for (let i = 0; i < rows * columns; i++) {
    down[Math.floor(i / columns)] += ink[i];
    across[i % columns] += ink[i];
  }
  const found = [extent(down), extent(across)];
  return found[0].from < 0 ? null : found;
}

/**
 * Where the image begins in the ink: its centre of mass `beyond` pixels after the middle, but no ink is cut off.
 *
 * @param {Extent} extent
 * @param {number} side - pixels of the image
 * @param {number} step - pixels of ink to one of the image
 * @param {number} beyond
 */
function startOf({ from, to, mass }, side, step, beyond) {
  const before = Math.round(side / 2 + beyond - (mass - from) / step);
  const room = Math.floor(side - (to - from) / step);
  return from - step * clamp(before, 0, room);
}

/**
 * One plane of an image, each pixel the mean over what it covers.
 *
 * @param {ArrayLike<number>} ink
 * @param {Size} size
 * @param {{ top: number, left: number, step: number }} from - where it begins; pixels of ink to one of the image
 * @param {Size} sides
 */
function resampled(ink, [rows, columns], { top, left, step }, [height, width]) {
  const parts = Math.ceil(step) + 3;
  const plane = new Float32Array(height * width);
  /** @type {(start: number, k: number) => number} */
  const source = (start, k) => Math.floor(start + (step * (k + 0.5)) / parts);
  for (let v = 0; v < height * parts; v++) {
    const y = source(top, v);
    if (y < 0 || y >= rows) continue;
    for (let u = 0; u < width * parts; u++) {
      const x = source(left, u);
      if (x < 0 || x >= columns) continue;
      plane[Math.floor(v / parts) * width + Math.floor(u / parts)] += ink[y * columns + x] / parts ** 2;
    }
  }
  return plane;
}

/**
 * A plane of ink, the first of several, as an image, prepared as MNIST's were: cropped, scaled into 20 of 28 pixels,
 * its centre of mass half a pixel beyond the middle, unless that would cut ink off; in tiny images it reaches the edge.
 * Null without ink.
 *
 * @param {ArrayLike<number>} ink
 * @param {Size} size
 * @param {Shape} shape
 */
export function fit(ink, size, [channels, height, width]) {
  const found = extents(ink, size);
  if (!found) return null;
  const [down, across] = found;
  const [share, beyond] = Math.min(height, width) < 16 ? [1, 0] : [20 / 28, 0.5];
  const exact = Math.max((down.to - down.from) / height, (across.to - across.from) / width) / share;
  const step = Math.abs(exact - 1) < 0.08 ? 1 : exact; // nearly right is right: twice is once
  const top = startOf(down, height, step, beyond);
  const left = startOf(across, width, step, beyond);
  const plane = resampled(ink, size, { top, left, step }, [height, width]);
  const image = new Float32Array(channels * plane.length);
  for (let c = 0; c < channels; c++) image.set(plane, c * plane.length);
  return image;
}
