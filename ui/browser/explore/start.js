// Explore: real images to start from, one of each class.
import { row } from '../core/planes.js';
import { el, picture } from '../kit/elements.js';
import { drawPixels, noun } from '../kit/sample.js';
import { hear, playButton } from '../state/hearing.js';
import { loadEncoder, loadOriginals, loadTables } from '../work/load.js';

/** @import { Store } from '../state/store.js' */
/** @import { Originals } from '../work/load.js' */
/** @import { Codes, Model } from '../work/told.js' */

const MOST = 10;
const DECODED = 'Shown decoded: the originals come with the data set. A code may decode to another class.';

/**
 * @param {Originals} originals
 * @param {number} i
 */
const example = ({ images: { data, shape } }, i) => row(data, data.length / shape[0], i);

/** @param {Uint8Array} labels */
function oneOfEach(labels) {
  /** @type {number[][]} */
  const all = [];
  labels.forEach((label, i) => {
    all[label] ??= [];
    all[label].push(i);
  });
  const found = all.flatMap((some) => some[Math.floor(Math.random() * some.length)]);
  while (found.length > MOST) found.splice(Math.floor(Math.random() * found.length), 1); // of many classes any ten
  return found;
}

/** Ten images; they come when somebody looks at them. */
export class StartPanel {
  /**
   * @param {Model} data
   * @param {Store} store
   */
  constructor(data, store) {
    this.data = data;
    this.store = store;
    /** @type {Codes | null} */
    this.codes = null;
    /** @type {Originals | null} */
    this.originals = null;
    const { examples, stand_ins: standIns } = data.tables;
    const image = `${standIns ? 'training' : 'test'} ${noun(store.vae.shape)}`;
    const head = examples || standIns ? `Start from a ${image}` : `Start from the code of a ${image}`;
    const buttons = [el('strong', {}, head), el('button', { onclick: () => this.#fill() }, 'Other ten')];
    this.pair = el('div', { class: 'pair' });
    this.strip = el('div', { class: 'tests', role: 'group', 'aria-label': head });
    const below = examples || standIns ? this.pair : el('p', { class: 'hint' }, DECODED);
    this.node = el('div', { class: 'start' }, el('div', { class: 'buttons' }, buttons), this.strip, below);
    this.#loadWhenSeen();
  }

  // The pixels are a third as much again as model and codes together.
  #loadWhenSeen() {
    const watcher = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      watcher.disconnect();
      this.#load().catch(() => this.node.remove());
    });
    watcher.observe(this.strip);
  }

  async #load() {
    const [[codes], originals] = await Promise.all([loadTables(this.data, 'codes'), loadOriginals(this.data)]);
    if (!codes && !originals) return;
    this.codes = codes;
    this.originals = originals;
    this.#fill();
  }

  #fill() {
    const { codes, originals } = this;
    const labels = originals?.labels ?? codes?.labels.data ?? new Uint8Array();
    this.strip.replaceChildren(...oneOfEach(labels).map((i) => this.#thumbnail(i, labels[i])));
    this.show();
  }

  /**
   * @param {number} i
   * @param {number} label
   */
  #thumbnail(i, label) {
    const name = this.data.class_names[label];
    const title = `${this.originals?.what ?? `test ${noun(this.store.vae.shape)}`} ${i}, class ${name}`;
    const image = this.originals ? this.#original(this.originals, i) : this.#decoded(this.#code(i));
    return el('button', { title, onclick: () => this.#choose(i, title) }, image, name);
  }

  /** The code of a test image. @param {number} i */
  #code(i) {
    const { latent } = this.store.vae;
    return row(this.codes?.mu.data ?? new Float32Array(latent), latent, i);
  }

  /**
   * @param {Originals} originals
   * @param {number} i
   */
  #original(originals, i) {
    const canvas = picture('');
    drawPixels(canvas, example(originals, i), this.store.vae.shape, 255);
    return canvas;
  }

  /** @param {Float32Array} mu */
  #decoded(mu) {
    const { vae } = this.store;
    const canvas = picture('');
    drawPixels(canvas, vae.mean(mu), vae.shape);
    return canvas;
  }

  /**
   * @param {number} i
   * @param {string} words
   */
  async #choose(i, words) {
    const { store, originals } = this;
    const posterior = await this.#posterior(i);
    if (originals) {
      this.#compare(originals, i, posterior.mu, words);
      hear(store.vae.shape, { values: example(originals, i), full: 255 });
    } else hear(store.vae.shape, { values: store.vae.mean(posterior.mu) });
    store.glideTo(posterior.mu);
    store.posterior = posterior.logvar && { mu: posterior.mu, logvar: posterior.logvar, words };
    store.changed(false);
  }

  /**
   * Of a test image as it was measured; a training image is encoded here.
   *
   * @param {number} i
   * @returns {Promise<{ mu: Float32Array, logvar: Float32Array | null }>}
   */
  async #posterior(i) {
    const { data, originals, store } = this;
    if (originals && !data.tables.examples) {
      const encode = await loadEncoder(data);
      return encode(Float32Array.from(example(originals, i), (byte) => byte / 255));
    }
    const [widths] = await loadTables(data, 'widths').catch(() => [null]);
    return { mu: this.#code(i), logvar: widths && row(widths.logvar.data, store.vae.latent, i) };
  }

  /**
   * An original and its reconstruction, side by side.
   *
   * @param {Originals} originals
   * @param {number} i
   * @param {Float32Array} mu
   * @param {string} words
   */
  #compare(originals, i, mu, words) {
    const { vae } = this.store;
    const original = playButton(vae.shape, () => ({ values: example(originals, i), full: 255 }), 'Play the original x');
    const decoded = playButton(vae.shape, () => ({ values: vae.mean(mu) }), 'Play x̂, decoded from its μ');
    this.pair.replaceChildren(
      this.#original(originals, i),
      el('div', {}, `x: ${words}`, original),
      this.#decoded(mu),
      el('div', {}, 'x̂: decoded from its μ', decoded),
    );
  }

  /** Mark the image whose posterior is chosen. */
  show() {
    for (const button of this.strip.querySelectorAll('button'))
      button.ariaPressed = String(button.title === this.store.posterior?.words);
  }
}
