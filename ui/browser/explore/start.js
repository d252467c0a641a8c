// Explore: test images to start from, one of each class.
import { row } from '../core/planes.js';
import { el, picture } from '../kit/elements.js';
import { drawPixels, noun } from '../kit/sample.js';
import { loadTables } from '../work/load.js';

/** @import { Store } from '../state/store.js' */
/** @import { Codes, Examples, Model } from '../work/told.js' */

const MOST = 10;
const DECODED = 'Shown decoded: the originals come with the data set. A code may decode to another class.';

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

/** Ten test images; they come when somebody looks at them. */
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
    /** @type {Examples['images'] | null} */
    this.originals = null;
    const { examples } = data.tables;
    const test = `a test ${noun(store.vae.shape)}`;
    const head = examples ? `Start from ${test}` : `Start from the code of ${test}`;
    const again = () => {
      if (this.codes) this.#fill(this.codes);
    };
    const buttons = [el('strong', {}, head), el('button', { onclick: again }, 'Other ten')];
    this.pair = el('div', { class: 'pair' });
    this.strip = el('div', { class: 'tests', role: 'group', 'aria-label': head });
    const below = examples ? this.pair : el('p', { class: 'hint' }, DECODED);
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
    const [codes, examples] = await loadTables(this.data, 'codes', 'examples');
    if (!codes) return;
    this.codes = codes;
    this.originals = examples && examples.images;
    this.#fill(codes);
  }

  /** @param {Codes} codes */
  #fill(codes) {
    const labels = codes.labels.data.subarray(0, this.originals?.shape[0]);
    this.strip.replaceChildren(...oneOfEach(labels).map((i) => this.#thumbnail(codes, i)));
    this.show();
  }

  /**
   * @param {Codes} codes
   * @param {number} i
   */
  #thumbnail(codes, i) {
    const name = this.data.class_names[codes.labels.data[i]];
    const title = `test ${noun(this.store.vae.shape)} ${i}, class ${name}`;
    const mu = row(codes.mu.data, this.store.vae.latent, i);
    const image = this.originals ? this.#original(this.originals, i) : this.#decoded(mu);
    return el('button', { title, onclick: () => this.#choose(i, mu, title) }, image, name);
  }

  /**
   * @param {Examples['images']} originals
   * @param {number} i
   */
  #original({ data, shape }, i) {
    const canvas = picture('');
    drawPixels(canvas, row(data, data.length / shape[0], i), this.store.vae.shape, 255);
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
   * @param {Float32Array} mu
   * @param {string} words
   */
  async #choose(i, mu, words) {
    const { store, originals } = this;
    if (originals) {
      const [before, after] = [this.#original(originals, i), this.#decoded(mu)];
      this.pair.replaceChildren(before, `x: ${words}`, after, 'x̂: decoded from its μ');
    }
    store.glideTo(mu);
    const [widths] = await loadTables(this.data, 'widths').catch(() => [null]);
    store.posterior = widths && { mu, logvar: row(widths.logvar.data, store.vae.latent, i), words };
    store.changed(false);
  }

  /** Mark the image whose posterior is chosen. */
  show() {
    for (const button of this.strip.querySelectorAll('button'))
      button.ariaPressed = String(button.title === this.store.posterior?.words);
  }
}
