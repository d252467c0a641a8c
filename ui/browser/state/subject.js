// The image a laboratory looks at: one of ten, or what is drawn over it; its posterior is the store's.
import { product } from '../core/safetensors.js';
import { el, picture } from '../kit/elements.js';
import { canBeDrawn, drawPixels, noun } from '../kit/sample.js';
import { loadEncoder, loadOriginals, loadTables } from '../work/load.js';
import { playButton, playsAtPress } from './hearing.js';

/** @import { Encode } from '../core/spec.js' */
/** @import { Originals } from '../work/load.js' */
/** @import { Codes, ModelData } from '../work/told.js' */
/** @import { Draw } from './paper.js' */
/** @import { Chosen } from './chosen.js' */
/** @import { Store } from './store.js' */
/** @typedef {Chosen & { x: Float32Array }} Looked - the posterior of an image that is at hand */

const KNOWN = 500; // as many test images of MNIST are kept: where they are not, the same are offered
const TEN = 10;
const DECODED = 'The originals are not on this machine: these are decoded test codes.';

/**
 * Whether an image is at hand, not only its code.
 *
 * @param {Chosen | null} posterior
 * @returns {posterior is Looked}
 */
export const hasImage = (posterior) => posterior?.x !== undefined;

/** The images of a model's data that are at hand, or what it decodes from their codes. */
class Choice {
  /**
   * @param {Store} store
   * @param {ModelData} data
   * @param {Codes | null} codes
   * @param {Originals | null} originals
   */
  constructor({ vae }, { class_names: names }, codes, originals) {
    this.vae = vae;
    this.names = names;
    this.codes = codes;
    this.images = originals?.images ?? null;
    this.what = originals?.what ?? `test ${noun(vae.shape)}`;
    this.labels = [...(originals?.labels ?? codes?.labels.data.subarray(0, KNOWN) ?? [])];
  }

  /** @param {number} i */
  pixels(i) {
    const { vae, images, codes } = this;
    const size = product(vae.shape);
    if (images) return Float32Array.from(images.data.subarray(i * size, (i + 1) * size), (byte) => byte / 255);
    const code = codes?.mu.data.subarray(i * vae.latent, (i + 1) * vae.latent);
    return vae.mean(code ?? new Float32Array(vae.latent));
  }

  /** @param {number} i */
  title(i) {
    return `${this.what} ${i}, class ${this.names[this.labels[i]]}`;
  }

  /**
   * One image of each of ten classes.
   *
   * @param {() => number} pick - a number in 0..1 says which.
   */
  ofEach(pick) {
    const classes = [...new Set(this.labels)].sort((a, b) => a - b).slice(0, TEN);
    return classes.map((label) => {
      const all = [...this.labels.keys()].filter((i) => this.labels[i] === label);
      return all[Math.floor(pick() * all.length)];
    });
  }
}

/** Keeps the store's posterior, whose index is null for a drawing, and follows the index in the address. */
export class Subject {
  /**
   * @param {Store} store
   * @param {Choice} images
   * @param {Encode} encode
   * @param {string} colour
   */
  constructor(store, images, encode, colour) {
    this.store = store;
    this.images = images;
    this.encode = encode;
    this.drawn = canBeDrawn(store.vae.shape);
    this.canvas = picture(`The ${noun(store.vae.shape)} x`);
    playsAtPress(this.canvas, store.vae.shape, () => this.#heard());
    this.words = el('figcaption');
    this.strip = el('div', { class: 'ten', role: 'group', 'aria-label': 'Test images' });
    /** @type {HTMLButtonElement[]} */
    this.ten = [];
    /** @type {Looked | null} */
    this.mine = null;
    this.told = '';
    this.node = el(
      'div',
      { class: 'subject', style: `--c: ${colour}` },
      el('figure', {}, el('b', {}, 'x'), el('div', {}, this.canvas), this.words),
      this.strip,
      this.#buttons(),
      images.images ? null : el('p', { class: 'hint' }, DECODED),
    );
    this.stop = store.subscribe(() => this.#follow());
  }

  #buttons() {
    const { images, store, drawn } = this;
    const others = () => this.#fill(images.ofEach(Math.random));
    const { shape } = store.vae;
    const clear = () => this.#take(new Float32Array(product(shape)), null, true);
    return el(
      'div',
      { class: 'buttons' },
      images.labels.length ? el('button', { onclick: others }, 'Other ten') : null,
      drawn ? el('button', { onclick: clear }, 'Clear') : null,
      playButton(shape, () => this.#heard(), 'Play the sound x'),
    );
  }

  #heard() {
    return this.mine && { values: this.mine.x };
  }

  /**
   * Begin with what was drawn on another page, or with the image of that index.
   *
   * @param {string | undefined} wish
   */
  begin(wish) {
    const { store, images } = this;
    const { posterior, vae } = store;
    this.#fill(images.ofEach(() => 0));
    if (hasImage(posterior) && posterior.index == null) this.#keep(posterior, false);
    else if (images.labels.length) this.#choose(Number(wish || 0) % images.labels.length);
    else this.#take(vae.mean(new Float32Array(vae.latent)), null, false);
  }

  /**
   * @param {Looked} posterior
   * @param {boolean} final
   */
  #keep(posterior, final) {
    const { store, canvas, words, ten } = this;
    this.mine = posterior;
    this.told = String(posterior.index ?? '');
    store.posterior = posterior;
    store.view = { ...store.view, image: this.told };
    drawPixels(canvas, posterior.x, store.vae.shape);
    words.textContent = posterior.words;
    for (const button of ten) button.ariaPressed = String(button.title === posterior.words);
    store.changed(final);
  }

  /**
   * @param {Float32Array} x
   * @param {number | null} index
   * @param {boolean} final
   */
  #take(x, index, final) {
    const words = index === null ? 'your drawing' : this.images.title(index);
    this.#keep({ ...this.encode(x), x, index, words }, final);
  }

  /** @param {number[]} ten */
  #fill(ten) {
    this.ten = ten.map((i) => this.#button(i));
    this.strip.replaceChildren(...this.ten);
  }

  /** @param {number} i */
  #button(i) {
    const { images, store } = this;
    const title = images.title(i);
    const canvas = el('canvas', { class: 'pixels', role: 'img', 'aria-label': title });
    drawPixels(canvas, images.pixels(i), store.vae.shape);
    const onclick = () => this.#take(images.pixels(i), i, true);
    return el('button', { title, 'aria-pressed': `${this.mine?.index === i}`, onclick }, canvas);
  }

  /**
   * An image by its index, in the place of its class.
   *
   * @param {number} index
   */
  #choose(index) {
    const { labels } = this.images;
    this.#fill(this.images.ofEach(() => 0).map((i) => (labels[i] === labels[index] ? index : i)));
    this.#take(this.images.pixels(index), index, false);
  }

  #follow() {
    const { store, mine, told, images } = this;
    const { posterior } = store;
    const { image } = store.view;
    if (image && image !== told && images.labels.length) this.#choose(Number(image) % images.labels.length);
    else if (posterior === mine) return;
    else if (hasImage(posterior)) this.#keep(posterior, false);
    else {
      store.posterior = mine; // a clicked pad shows another one's: the subject stays
      store.changed(false);
    }
  }

  /** Let a pointer and the keys draw on the image; called once it is there. */
  async draw() {
    const { store, canvas } = this;
    const [{ stroke }, { Paper }] = await Promise.all([import('../core/brush.js'), import('./paper.js')]);
    /** @type {Draw} */
    const draw = (from, to, final) => {
      if (!this.mine) return;
      const x = this.mine.x.slice();
      stroke(x, store.vae.shape, from, to);
      this.#take(x, null, final);
    };
    return new Paper(canvas, { draw, rest: () => store.changed() });
  }
}

/**
 * The chooser of a store's image, with its `node`; `stop()` it at the end.
 *
 * @param {Store} store
 * @param {ModelData} data
 */
export async function loadSubject(store, data) {
  const [encode, [codes], originals] = await Promise.all([
    loadEncoder(data),
    loadTables(data, 'codes'),
    loadOriginals(data),
  ]);
  const subject = new Subject(store, new Choice(store, data, codes, originals), encode, data.symbols.x);
  subject.begin((store.token === data.token ? store.view : data.state).image);
  if (subject.drawn) subject.draw();
  return subject;
}
