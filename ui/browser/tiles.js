// The decoded manifold: a grid of images decoded on an axis, for instance the quantiles of the prior (Kingma & Welling 2014, figure 4).
import { fillRgba } from './dom.js';

const SLICE_MS = 6, PAINT_MS = 120;
// Without the time limit a page that is busy drawing would never be idle.
const idle = globalThis.requestIdleCallback ? (work) => requestIdleCallback(work, { timeout: 40 }) : (work) => setTimeout(work, 16);

/**
 * Decode the grid in idle slices, so that nothing else waits. `onPaint` is called now and then.
 * Returns {canvas, count, stop}: column i and, from the bottom, row j of the canvas are the image at (axis_i, axis_j).
 */
export function tileAtlas(vae, axis, onPaint) {
  const [channels, height, width] = vae.shape, count = axis.length;
  const canvas = Object.assign(document.createElement('canvas'), { width: count * width, height: count * height });
  const context = canvas.getContext('2d'), image = new ImageData(width, height);
  let next = 0, painted = 0, stopped = false;
  const slice = () => {
    if (stopped) return;
    const began = performance.now();
    for (; next < count * count && performance.now() - began < SLICE_MS; next++) {
      const i = next % count, j = count - 1 - Math.floor(next / count); // from the top, as one reads
      fillRgba(image.data, vae.mean([axis[i], axis[j]]), channels, height * width);
      context.putImageData(image, i * width, (count - 1 - j) * height);
    }
    const done = next === count * count;
    if (done || began - painted > PAINT_MS) {
      painted = began;
      onPaint();
    }
    if (!done) idle(slice);
  };
  idle(slice);
  return { canvas, count, stop: () => (stopped = true) };
}

// Where one tile ends and the next begins: half-way between their codes.
function borders(axis) {
  const last = axis.length - 1;
  const inner = axis.slice(1).map((one, i) => (one + axis[i]) / 2);
  return [2 * axis[0] - inner[0], ...inner, 2 * axis[last] - inner[last - 1]];
}

/** Draw each tile where its code lies in the plane. */
export function drawInPlane(context, { canvas, count }, axis, view) {
  const edges = borders(axis), width = canvas.width / count, height = canvas.height / count;
  const xs = edges.map((edge) => Math.round(view.toPixel(edge, 0)[0]));
  const ys = edges.map((edge) => Math.round(view.toPixel(0, edge)[1]));
  context.imageSmoothingEnabled = xs[1] - xs[0] < width; // smaller than its pixels
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      context.drawImage(canvas, i * width, (count - 1 - j) * height, width, height, xs[i], ys[j + 1], xs[i + 1] - xs[i], ys[j] - ys[j + 1]);
    }
  }
}

/** The square [left, top, side] in which the clean grid is drawn. */
export function gridSquare([width, height]) {
  const side = Math.min(width, height) - 16;
  return [(width - side) / 2, (height - side) / 2, side];
}

/** Draw all tiles as one grid of equal images. */
export function drawGrid(context, { canvas }, size) {
  const [left, top, side] = gridSquare(size);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, left, top, side, side);
}

// The broken line through (from[i], to[i]), ending with them.
function along(from, to, value) {
  const low = Math.max(0, Math.min(from.length - 2, from.findLastIndex((one) => one <= value)));
  const part = Math.max(0, Math.min(1, (value - from[low]) / (from[low + 1] - from[low])));
  return to[low] + part * (to[low + 1] - to[low]);
}

/** The code under a pixel of the clean grid, between the quantiles on a straight line. */
export function gridToCode(quantiles, size, px, py) {
  const [left, top, side] = gridSquare(size), count = quantiles.length, places = [...quantiles.keys()];
  return [(px - left) / side, 1 - (py - top) / side].map((share) => along(places, quantiles, share * count - 0.5));
}

/** The pixel of the clean grid at which a code lies. */
export function codeToGrid(quantiles, size, code) {
  const [left, top, side] = gridSquare(size), places = [...quantiles.keys()];
  const [x, y] = Array.from(code, (value) => (along(quantiles, places, value) + 0.5) / quantiles.length);
  return [left + x * side, top + (1 - y) * side];
}
