// Many images on one canvas, and large numbers with their names.
import { contextOf, el, picture } from './elements.js';
import { painter, proportion } from './sample.js';

/** @import { Shape } from '../core/spec.js' */

const GAP = 1 / 28; // of an example's width, between two of them

/**
 * A canvas of images (channels first, 0..1) of one shape, row by row; it keeps its size while it is empty.
 *
 * @param {Shape} shape
 * @param {number} columns
 * @param {number} rows
 * @param {string} label
 */
export function sheet(shape, columns, rows, label) {
  const node = picture(label, 'pixels sheet');
  const { size, draw, smooth } = painter(shape);
  const [width, height] = size;
  const gap = Math.max(1, Math.round(GAP * width));
  proportion(node, [columns * (width + gap) - gap, rows * (height + gap) - gap], smooth);
  /**
   * @param {ArrayLike<number>[]} images
   * @param {number} [full] - their white
   */
  const show = (images, full = 1) => {
    const context = contextOf(node);
    images.forEach((image, k) => {
      draw(context, [(k % columns) * (width + gap), Math.floor(k / columns) * (height + gap)], image, full);
    });
  };
  return { node, show };
}

/**
 * A number so large that a class can read it.
 *
 * @param {string} name
 * @param {string} [kind] - colours its mark: d(istortion) or r(ate)
 * @param {string} [unit] - left out where it is narrow
 */
export function figure(name, kind = '', unit = '') {
  const number = el('b', { class: 'number' }, '…');
  const title = el('span', {}, name, unit && el('small', {}, `, ${unit}`));
  /** @param {string} text */
  const set = (text) => {
    number.textContent = text;
  };
  return { node: el('div', { class: `figure ${kind}` }, title, number), set };
}
