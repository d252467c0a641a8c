// The brush of the drawing board. No DOM, runs in node as well.

/** @import { Shape } from './spec.js' */
/** @typedef {[x: number, y: number]} Place - in pixels */

/** @param {number} value */
const clamp = (value) => Math.min(1, Math.max(0, value));

/**
 * Ink a segment into an image in 0..1, channels first: full near it, soft over one pixel at the edge, never less than
 * before. MNIST's strokes are 1.8 to 3.4 of 28 pixels wide.
 *
 * @param {Float32Array} pixels
 * @param {Shape} shape
 * @param {Place} from
 * @param {Place} to
 */
export function stroke(pixels, [, height, width], [ax, ay], [bx, by]) {
  const reach = Math.max(0.55, (1.3 / 28) * width) + 0.5;
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy || 1;
  for (let i = 0; i < pixels.length; i++) {
    const px = (i % width) + 0.5 - ax;
    const py = (Math.floor(i / width) % height) + 0.5 - ay;
    const part = clamp((px * dx + py * dy) / square);
    const distance = Math.sqrt((px - part * dx) ** 2 + (py - part * dy) ** 2);
    pixels[i] = Math.max(pixels[i], clamp(reach - distance));
  }
}
