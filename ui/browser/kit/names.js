// What is written on a scatter plot: the class names at their middles, the axes with their numbers.
import { roundStep } from './ticks.js';

/** @import { Point, View } from './dots.js' */
/** @import { Theme } from './elements.js' */
/** @typedef {CanvasRenderingContext2D} Context */

/**
 * @param {Context} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Theme} theme
 */
function haloed(context, text, x, y, theme) {
  context.lineJoin = 'round';
  context.lineWidth = 6;
  context.strokeStyle = theme.background;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

const APART = 25; // pixels between two names, from line to line
const MANY = 10; // names: more are written smaller

/** @typedef {{ pixel: Point, half: number }} Placed - `half`: of its width */

/**
 * @param {Placed} one
 * @param {Placed} other
 */
function part({ pixel: a, half: left }, { pixel: b, half: right }) {
  const wide = Math.max(APART, left + right) / APART; // long names stand farther apart, or above each other
  const dx = (a[0] - b[0] || 0.1) / wide;
  const dy = a[1] - b[1];
  const distance = Math.hypot(dx, dy);
  if (distance >= APART) return;
  const push = (APART - distance) / (2 * distance);
  a[0] += dx * push;
  a[1] += dy * push;
  b[0] -= dx * push;
  b[1] -= dy * push;
}

/**
 * Names whose clusters coincide step aside: each must be read.
 *
 * @param {Placed[]} placed
 */
function spread(placed) {
  for (let round = 0; round < 30; round++) {
    placed.forEach((a, i) => placed.slice(0, i).forEach((b) => part(a, b)));
  }
}

/**
 * The class names at their middles.
 *
 * @param {Context} context
 * @param {View} view
 * @param {(Point | null)[]} places
 * @param {string[]} names
 * @param {number | null} highlight
 * @param {Theme} theme
 */
export function drawNames(context, view, places, names, highlight, theme) {
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle' });
  context.font = `700 ${names.length > MANY ? 15 : 22}px ${theme.font}`;
  const half = (/** @type {string} */ name) => context.measureText(name).width / 2;
  const present = places.flatMap((place, k) =>
    place ? [{ k, pixel: view.toPixel(...place), half: half(names[k] ?? String(k)) }] : [],
  );
  spread(present);
  for (const { k, pixel } of present) {
    context.globalAlpha = highlight === null || highlight === k ? 1 : 0.35;
    haloed(context, names[k] ?? String(k), ...pixel, theme);
  }
  context.globalAlpha = 1;
}

/** @param {number} value */
const words = (value) => String(Number(value.toFixed(6))).replace('-', '−');

const CORNER = 36; // pixels of the axes' names

/**
 * The round values between two, where they are seen, without those in the corners.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} size - the step
 * @param {(value: number) => number} toPixel
 * @param {number} span - pixels
 */
function gridLines(low, high, size, toPixel, span) {
  const first = Math.ceil(low / size);
  const values = Array.from({ length: Math.floor(high / size) - first + 1 }, (_, i) => (first + i) * size);
  const lines = values.map((value) => ({ value, at: toPixel(value) }));
  return lines.filter(({ at }) => at > CORNER && at < span - CORNER);
}

/**
 * Grid lines with their numbers, and the names of both axes.
 *
 * @param {Context} context
 * @param {View} view
 * @param {string[]} names
 * @param {Theme} theme
 */
export function drawAxes(context, view, [nameX, nameY], theme) {
  const [width, height] = view.size;
  const size = roundStep(Math.min(width, height) / view.scale, 7);
  const [left, top] = view.toData(0, 0);
  const [right, bottom] = view.toData(width, height);
  const columns = gridLines(left, right, size, (x) => view.toPixel(x, 0)[0], width);
  const rows = gridLines(bottom, top, size, (y) => view.toPixel(0, y)[1], height);
  context.font = `14px ${theme.font}`;
  context.fillStyle = theme.border;
  for (const { at } of columns) context.fillRect(Math.round(at), 0, 1, height);
  for (const { at } of rows) context.fillRect(0, Math.round(at), width, 1);
  Object.assign(context, { textAlign: 'center', textBaseline: 'bottom' });
  for (const { value, at } of columns) haloed(context, words(value), at, height - 4, theme);
  Object.assign(context, { textAlign: 'left', textBaseline: 'middle' });
  for (const { value, at } of rows) haloed(context, words(value), 5, at, theme);
  context.font = `700 18px ${theme.font}`;
  haloed(context, nameY, 8, 16, theme);
  Object.assign(context, { textAlign: 'right', textBaseline: 'bottom' });
  haloed(context, nameX, width - 8, height - 6, theme);
}
