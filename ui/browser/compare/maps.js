// Two latent maps side by side: a test image that is pointed at in one is marked in both, and both decode its code.
import { el, picture } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { describe, drawPixels } from '../kit/sample.js';
import { loadTable } from '../work/load.js';
import { Side } from './side.js';
import { shared } from './trained.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Tensor } from '../core/safetensors.js' */
/** @import { Told } from './trained.js' */
/**
 * @typedef {object} MapsData
 * @property {Told[]} members - two or more, of one data set
 * @property {string | null} examples - the URL of its first test images
 * @property {string[]} colours
 * @property {string[]} class_names
 * @property {Record<string, string>} symbols
 */

const DIFFERENT = 'These two runs were measured on different test images, so a dot has no partner on the other map.';

/** Which test image is marked, and on which maps. */
export class Pair {
  /** @param {MapsData} data */
  constructor(data) {
    this.data = data;
    this.index = 0;
    /** @type {number | null} - of test images that can be marked on both maps; null while one map is not there */
    this.count = null;
    /** @type {Side[]} */
    this.sides = [0, 1].map((place) => new Side(this, place));
    this.original = picture('');
    this.words = el('p', { class: 'which', 'aria-live': 'polite' });
    /** @type {Tensor<Uint8Array> | null} */
    this.images = null;
    this.show = coalesce(() => this.#show());
    this.#loadImages();
  }

  async #loadImages() {
    const { examples } = this.data;
    if (!examples) return;
    // Without the originals the maps are still worth looking at.
    const table = await loadTable(examples).catch(() => null);
    this.images = table && /** @type {Tensor<Uint8Array>} */ (table.images);
    this.show();
  }

  /** One of the maps shows another run, or none. */
  changed() {
    const [left, right] = this.sides.map(({ loaded }) => loaded);
    this.count = left && right ? shared(left, right) : null;
    this.mark(this.index);
    this.show();
  }

  /**
   * Mark a test image.
   *
   * @param {number} index
   */
  mark(index) {
    const { count } = this;
    if (!count) return;
    this.index = (index + count) % count;
    this.show();
  }

  /** @param {MapsData} data */
  hear(data) {
    this.data = data;
    this.sides.forEach((side) => side.offer());
  }

  #show() {
    const { count, index, images, data } = this;
    this.sides.forEach((side) => side.show(count ? index : null));
    const known = count && images && index < images.shape[0] ? images : null;
    /** @type {HTMLElement} */ (this.original.parentElement).hidden = !known; // with its caption
    if (known) {
      const size = known.data.length / known.shape[0];
      const [, ...shape] = known.shape;
      const pixels = known.data.subarray(index * size, (index + 1) * size);
      drawPixels(this.original, pixels, /** @type {[number, number, number]} */ (shape), 255);
      this.original.setAttribute('aria-label', `Test image ${index + 1}`);
    }
    this.words.textContent = count === 0 ? DIFFERENT : count ? this.#which(count, data.class_names) : '';
  }

  /**
   * @param {number} count
   * @param {string[]} names
   */
  #which(count, names) {
    const label = this.sides[0].loaded?.labels[this.index] ?? 0;
    const place = `${(this.index + 1).toLocaleString('en')} of ${count.toLocaleString('en')}`;
    return `Test image ${place}, class ${names[label] ?? label}. Point at a dot, or use the arrow keys on a map.`;
  }
}

/** @param {Component<MapsData>} component */
async function build({ data }) {
  await Promise.all(data.members.map(({ spec }) => describe(spec)));
  const pair = new Pair(data);
  const [left, right] = pair.sides;
  /** @type {(words: string, node: Node) => HTMLElement} */
  const under = (words, node) => el('figure', {}, node, el('figcaption', {}, words));
  const images = el(
    'div',
    { class: 'marked' },
    under('x̂, left', left.decoded),
    under('x', pair.original),
    under('x̂, right', right.decoded),
  );
  const node = el('div', { class: 'maps' }, el('div', { class: 'twins' }, left.node, right.node), images, pair.words);
  /** @param {Component<MapsData>} latest */
  const update = (latest) => pair.hear(latest.data);
  return { nodes: [node], update, stop: () => pair.sides.forEach(({ plot }) => plot.stop()) };
}

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<MapsData>} component
 */
export const mount = (component) => widget(component, build, new URL('./compare.css', import.meta.url));
