// A picture file becomes an image of a model; loaded only when somebody brings one.
import { fit, inkOf } from '../core/scan.js';

/** @import { Size } from '../core/scan.js' */
/** @import { Shape } from '../core/spec.js' */

const SIDE = 256;

/**
 * The image, or null without ink; on grey paper, because a transparent picture may hold dark ink or bright.
 *
 * @param {Blob} file
 * @param {Shape} shape
 */
export async function scan(file, shape) {
  const bitmap = await createImageBitmap(file, { resizeWidth: SIDE, resizeQuality: 'high' });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = '#888';
  context.fillRect(0, 0, width, height);
  context.filter = 'grayscale(1)';
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 1] / 255);
  /** @type {Size} */
  const size = [height, width];
  return fit(inkOf(grey, size), size, shape);
}
