// The training as an animated picture: the decoded plane at every snapshot whose scene is there.
import { frame, gif } from '../core/gif.js';
import { CELLS } from './theatre.js';

/** @import { Shape } from '../core/spec.js' */
/** @import { Theatre } from './theatre.js' */

const FRAME = 12; // hundredths of a second
const LAST = 150;

/**
 * Images of one shape as one image, row by row.
 *
 * @param {ArrayLike<number>[]} images
 * @param {Shape} shape
 */
function mosaic(images, [channels, height, width]) {
  const [across, up] = [CELLS * width, CELLS * height];
  const whole = new Uint8ClampedArray(channels * across * up);
  images.forEach((image, k) => {
    const [left, top] = [(k % CELLS) * width, Math.floor(k / CELLS) * height];
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
  const [channels, height, width] = data.spec.image_shape;
  /** @type {Shape} */
  const whole = [channels, CELLS * height, CELLS * width];
  const scale = Math.max(1, Math.round(336 / (CELLS * width)));
  const scenesThere = steps.flatMap((step) => scenes?.of(step)?.manifold ?? []).length
    ? steps.map((step) => scenes?.of(step)?.manifold ?? []).filter((images) => images.length)
    : [];
  const frames = scenesThere.map((images, i) =>
    frame(mosaic(images, data.spec.image_shape), whole, scale, i < scenesThere.length - 1 ? FRAME : LAST),
  );
  return gif(frames, whole, scale);
}
