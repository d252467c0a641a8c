// The ellipse of a posterior on a pad: at its true size, and through a lens if that is too small to see.
import { fixed } from '../kit/elements.js';
import { haloed, stroke } from './edge.js';

/** @import { Point } from '../kit/dots.js' */
/** @import { Edge } from './edge.js' */
/** @import { Ellipse, Look, Seen } from './known.js' */

const SMALL = 14; // pixels: an ellipse smaller than that is shown enlarged as well
const TINY = 5; // pixels: an ellipse smaller than that is ringed, to be found
const RING = 13; // around the crosshair, which may stand at the same place
const LENS = 52; // pixels, a radius
const HANDLE = 16; // pixels
const WISH = 22; // pixels of σ in the lens, at most
// Pixels between lens and edge: for the numbers of the axes, and at the foot for its own words too.
const LEFT = 48;
const RIGHT = 12;
const TOP = 28;
const FOOT = 58;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} middle
 * @param {Ellipse} ellipse
 * @param {number} scale
 */
function ellipses(context, [x, y], { major, minor, angle }, scale) {
  for (const sigmas of [1, 2]) {
    context.moveTo(x + sigmas * major * scale * Math.cos(angle), y - sigmas * major * scale * Math.sin(angle));
    context.ellipse(x, y, sigmas * major * scale, sigmas * minor * scale, -angle, 0, 2 * Math.PI);
  }
}

/**
 * Around its place, or enlarged around the middle of the lens, as far as that reaches.
 *
 * @param {Edge} edge
 * @param {Seen} seen
 * @param {Point} middle
 * @param {number} times
 */
function drawCloud({ context, theme }, { place, cloud }, middle, times) {
  Object.assign(context, { fillStyle: theme.text, globalAlpha: 0.6 });
  for (const [x, y] of cloud) {
    const [dx, dy] = [times * (x - place[0]), times * (y - place[1])];
    if (times === 1 || Math.hypot(dx, dy) < LENS) context.fillRect(middle[0] + dx - 1, middle[1] + dy - 1, 2, 2);
  }
  context.globalAlpha = 1;
}

/**
 * 1, 2 or 5 times a power of ten.
 *
 * @param {number} pixels - of one σ
 */
function enlargement(pixels) {
  const wish = WISH / pixels;
  const power = 10 ** Math.floor(Math.log10(wish));
  return power * ([5, 2].find((digit) => digit * power <= wish) ?? 1);
}

/**
 * @param {number} times
 * @param {number} sigma
 */
function caption(times, sigma) {
  const digits = sigma < 0.1 ? Math.max(3, -Math.floor(Math.log10(sigma))) : 2;
  return `×${times}: posterior σ = ${fixed(sigma, digits)}`;
}

/**
 * In the corner away from the place, so that it never lies on it, and with all its words inside the plot.
 *
 * @param {Point} place
 * @param {Point} size
 * @param {number} half - of its width
 * @returns {Point}
 */
function lensAt([x, y], [width, height], half) {
  return [x < width / 2 ? width - half - RIGHT : half + LEFT, y < height / 2 ? height - LENS - FOOT : LENS + TOP];
}

/**
 * The handle of the lens: it points to what is enlarged.
 *
 * @param {Edge} edge
 * @param {Point} lens
 * @param {Point} mark
 * @param {string} colour
 */
function drawHandle({ context, theme }, [cx, cy], [x, y], colour) {
  const length = Math.hypot(x - cx, y - cy);
  const [ux, uy] = [(x - cx) / length, (y - cy) / length];
  stroke(context, haloed(theme, colour), () => {
    context.moveTo(cx + LENS * ux, cy + LENS * uy);
    context.lineTo(cx + (LENS + HANDLE) * ux, cy + (LENS + HANDLE) * uy);
  });
}

/**
 * @param {Edge} edge
 * @param {Point} middle
 * @param {string} words
 */
function drawGlass({ context, theme }, [cx, cy], words) {
  context.beginPath();
  context.arc(cx, cy, LENS, 0, 2 * Math.PI);
  Object.assign(context, { fillStyle: theme.background, strokeStyle: theme.border, lineWidth: 2 });
  context.fill();
  context.stroke();
  Object.assign(context, { textAlign: 'center', textBaseline: 'alphabetic', lineWidth: 5 });
  Object.assign(context, { strokeStyle: theme.background, fillStyle: theme.text });
  context.strokeText(words, cx, cy + LENS + 17);
  context.fillText(words, cx, cy + LENS + 17);
}

/**
 * @param {Edge} edge
 * @param {Seen} posterior
 * @param {Point} mark
 * @param {Look} look
 */
function drawLens(edge, posterior, mark, { scale, colour }) {
  const { context, theme, size } = edge;
  const { ellipse } = posterior;
  const times = enlargement(ellipse.major * scale);
  const words = caption(times, ellipse.major);
  context.font = `600 14px ${theme.font}`;
  const middle = lensAt(mark, size, Math.max(LENS, context.measureText(words).width / 2));
  drawHandle(edge, middle, mark, colour);
  drawGlass(edge, middle, words);
  stroke(context, [[2, colour]], () => ellipses(context, middle, ellipse, scale * times));
  drawCloud(edge, posterior, middle, times);
}

/**
 * One and two σ of a posterior, and samples of it.
 *
 * @param {Edge} edge
 * @param {Seen} posterior
 * @param {Look} look
 */
export function drawPosterior(edge, posterior, { scale, colour }) {
  const { context, theme } = edge;
  const { place, ellipse } = posterior;
  const radius = ellipse.major * scale;
  if (![...place, radius].every(Number.isFinite)) return;
  stroke(context, haloed(theme, colour), () => ellipses(context, place, ellipse, scale));
  drawCloud(edge, posterior, place, 1);
  const { at, outside } = edge.hold(place, RING, colour);
  const rings = outside ? [RING, RING / 2] : radius < TINY ? [RING] : [];
  for (const ring of rings) {
    stroke(context, haloed(theme, colour), () => context.arc(at[0], at[1], ring, 0, 2 * Math.PI));
  }
  if (radius > 0 && radius < SMALL) drawLens(edge, posterior, at, { scale, colour });
}
