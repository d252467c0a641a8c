// Paints one example of a data set: an image as pixels.
import { contextOf } from './elements.js';

/** @import { Shape } from '../core/spec.js' */
/** @typedef {{ context: CanvasRenderingContext2D, image: ImageData }} Buffer */

/** @type {WeakMap<HTMLCanvasElement, Buffer>} */
const buffers = new WeakMap();

/**
 * The canvas's own buffer, both of that size.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {Buffer}
 */
function bufferOf(canvas, width, height) {
  const known = buffers.get(canvas);
  if (known && canvas.width === width && canvas.height === height) return known;
  Object.assign(canvas, { width, height });
  const buffer = { context: contextOf(canvas), image: new ImageData(width, height) };
  buffers.set(canvas, buffer);
  return buffer;
}

/**
 * Draw pixels (channels first, 0 to `full`) into a canvas of their own size.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} pixels
 * @param {Shape} shape
 * @param {number} [full]
 */
export function drawPixels(canvas, pixels, [channels, height, width], full = 1) {
  const { context, image } = bufferOf(canvas, width, height);
  fillRgba(image.data, pixels, channels, height * width, 255 / full);
  context.putImageData(image, 0, 0);
}

/**
 * Write pixels as RGBA bytes. One channel is grey; of several, the first and the last two are red, green and blue.
 *
 * @param {Uint8ClampedArray} rgba
 * @param {ArrayLike<number>} pixels
 * @param {number} channels
 * @param {number} area
 * @param {number} [scale]
 */
export function fillRgba(rgba, pixels, channels, area, scale = 255) {
  const green = (channels > 2 ? 1 : 0) * area;
  const blue = (channels - 1) * area;
  for (let i = 0; i < area; i++) {
    rgba[4 * i] = pixels[i] * scale;
    rgba[4 * i + 1] = pixels[green + i] * scale;
    rgba[4 * i + 2] = pixels[blue + i] * scale;
    rgba[4 * i + 3] = 255;
  }
}
