// The decoded manifold: a grid of images decoded at the quantiles of the prior (Kingma & Welling 2014, figure 4).
import { fillRgba } from './dom.js';

const SLICE_MS = 6;
const idle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 16));

// The middle of the plane first, for that is where the eye is.
function fromTheMiddle(count) {
  const middle = (count - 1) / 2;
  const cells = Array.from({ length: count * count }, (_, i) => [i % count, Math.floor(i / count)]);
  return cells.sort((a, b) => Math.hypot(a[0] - middle, a[1] - middle) - Math.hypot(b[0] - middle, b[1] - middle));
}

/**
 * Decode the grid in idle slices, so that nothing else waits. `onSlice` is called after each.
 * Returns {canvas, count, stop}: column i and, from the bottom, row j of the canvas are the image at (q_i, q_j).
 */
export function tileAtlas(vae, quantiles, onSlice) {
  const [channels, height, width] = vae.shape, count = quantiles.length;
  const canvas = Object.assign(document.createElement('canvas'), { width: count * width, height: count * height });
  const context = canvas.getContext('2d'), image = new ImageData(width, height), cells = fromTheMiddle(count);
  let next = 0, stopped = false;
  const slice = () => {
    if (stopped) return;
    const began = performance.now();
    for (; next < cells.length && performance.now() - began < SLICE_MS; next++) {
      const [i, j] = cells[next];
      fillRgba(image.data, vae.mean([quantiles[i], quantiles[j]]), channels, height * width);
      context.putImageData(image, i * width, (count - 1 - j) * height);
    }
    onSlice();
    if (next < cells.length) idle(slice);
  };
  idle(slice);
  return { canvas, count, stop: () => (stopped = true) };
}

// Where one tile ends and the next begins: half-way between their quantiles.
function borders(quantiles) {
  const last = quantiles.length - 1;
  const inner = quantiles.slice(1).map((q, i) => (q + quantiles[i]) / 2);
  return [2 * quantiles[0] - inner[0], ...inner, 2 * quantiles[last] - inner[last - 1]];
}

/** Draw each tile where its code lies in the plane. */
export function drawInPlane(context, { canvas, count }, quantiles, view) {
  const edges = borders(quantiles), width = canvas.width / count, height = canvas.height / count;
  const xs = edges.map((edge) => Math.round(view.toPixel(edge, 0)[0]));
  const ys = edges.map((edge) => Math.round(view.toPixel(0, edge)[1]));
  context.imageSmoothingEnabled = false;
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

function between(quantiles, place) {
  const at = Math.min(quantiles.length - 1, Math.max(0, place)), low = Math.min(quantiles.length - 2, Math.floor(at));
  return quantiles[low] + (at - low) * (quantiles[low + 1] - quantiles[low]);
}

/** The code under a pixel of the clean grid, between the quantiles on a straight line. */
export function gridToCode(quantiles, size, px, py) {
  const [left, top, side] = gridSquare(size), count = quantiles.length;
  return [between(quantiles, ((px - left) / side) * count - 0.5), between(quantiles, (1 - (py - top) / side) * count - 0.5)];
}

function placeOf(quantiles, value) {
  const low = Math.min(quantiles.length - 2, Math.max(0, quantiles.findLastIndex((q) => q <= value)));
  const place = low + (value - quantiles[low]) / (quantiles[low + 1] - quantiles[low]);
  return Math.min(quantiles.length - 0.5, Math.max(-0.5, place));
}

/** The pixel of the clean grid at which a code lies. */
export function codeToGrid(quantiles, size, [x, y]) {
  const [left, top, side] = gridSquare(size), count = quantiles.length;
  return [left + ((placeOf(quantiles, x) + 0.5) / count) * side, top + (1 - (placeOf(quantiles, y) + 0.5) / count) * side];
}
