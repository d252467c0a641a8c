// The training as an animated picture: the decoded plane at every snapshot whose scene is there.
import { frame, gif } from '../core/gif.js';
import { painter, raster } from '../kit/sample.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { Theatre } from './theatre.js' */

const FRAME = 12; // hundredths of a second
const LAST = 150;
const SIDE = 336; // pixels, about

/**
 * Images of one shape as one image, row by row.
 *
 * @param {ArrayLike<number>[]} images
 * @param {Shape} shape
 * @param {[across: number, up: number]} cells
 */
function mosaic(images, [channels, height, width], cells) {
  const [across, up] = [cells[0] * width, cells[1] * height];
  const whole = new Uint8ClampedArray(channels * across * up);
  images.forEach((image, k) => {
    const [left, top] = [(k % cells[0]) * width, Math.floor(k / cells[0]) * height];
    for (let i = 0; i < image.length; i++) {
      const channel = Math.floor(i / (height * width));
      const [y, x] = [Math.floor(i / width) % height, i % width];
      whole[(channel * up + top + y) * across + left + x] = image[i];
    }
  });
  return whole;
}

/**
 * The bytes of the GIF.
 *
 * @param {Theatre} theatre
 */
export function animation({ steps, scenes, data }) {
  const { square } = painter(data.spec.image_shape);
  const { shape, pixelsOf } = raster(data.spec.image_shape, Math.floor(SIDE / square[0]));
  const [channels, height, width] = shape;
  /** @type {Shape} */
  const whole = [channels, square[1] * height, square[0] * width];
  const scale = Math.max(1, Math.round(SIDE / whole[2]));
  const scenesThere = steps.flatMap((step) => scenes?.of(step)?.manifold ?? []).length
    ? steps.map((step) => scenes?.of(step)?.manifold ?? []).filter((images) => images.length)
    : [];
  const frames = scenesThere.map((images, i) =>
    frame(mosaic(images.map(pixelsOf), shape, square), whole, scale, i < scenesThere.length - 1 ? FRAME : LAST),
  );
  return gif(frames, whole, scale);
}
