// Decoded samples as tiles under a title; the one under the pointer is told of.
import { el, fixed, picture } from '../kit/elements.js';
import { drawPixels } from '../kit/sample.js';

/** @import { Shape } from '../core/spec.js' */
/**
 * An image in bytes; if far > 1 its code is in a hole.
 *
 * @typedef {{ code: Float32Array, image: ArrayLike<number>, far: number }} Sample
 */

/** How many are shown. */
export const TILES = 12;

/** One group of them. */
export class Tiles {
  /**
   * @param {'hole' | 'covered'} kind
   * @param {Shape} shape
   * @param {(sample: Sample | null) => void} light
   */
  constructor(kind, shape, light) {
    this.shape = shape;
    this.light = light;
    this.title = el('h4');
    this.list = el('div', { class: `tiles ${kind}` });
    this.nodes = [this.title, this.list];
  }

  /**
   * @param {string} title
   * @param {Sample[]} samples
   * @param {string} none - what is said if there are none.
   */
  show(title, samples, none) {
    const tiles = samples.slice(0, TILES).map((sample) => this.#tile(sample));
    this.title.textContent = title;
    this.list.replaceChildren(...(tiles.length ? tiles : [el('p', { class: 'hint' }, none)]));
  }

  /** @param {Sample} sample */
  #tile(sample) {
    const { code, far, image } = sample;
    const canvas = picture('');
    const place = far > 1 ? 'In a hole' : 'Covered';
    const words = `${place}: ${fixed(far)} times as far from the nearest mean as that posterior reaches`;
    const show = () => this.light(sample);
    const hide = () => this.light(null);
    drawPixels(canvas, image, this.shape, 255);
    const hands = { onpointerenter: show, onpointerleave: hide, onfocus: show, onblur: hide };
    const told = { title: words, 'aria-label': words, 'data-code': [...code].join(), 'data-far': far };
    return el('button', { ...told, ...hands }, canvas);
  }
}
