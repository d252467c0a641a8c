// Explore: test images to start from, one of each class.
import { row } from '../core/planes.js';
import { el, picture } from '../kit/elements.js';
import { drawPixels } from '../kit/sample.js';
import { loadTables } from '../work/load.js';

const DECODED = 'Shown decoded: the originals come with the data set. A code may decode to another class.';

function oneOfEach(labels) {
  const all = [];
  labels.forEach((label, i) => {
    all[label] ??= [];
    all[label].push(i);
  });
  return all.flatMap((some) => some[Math.floor(Math.random() * some.length)]).slice(0, 10);
}

/** Ten test images; they come when somebody looks at them. */
export class StartPanel {
  constructor(data, store) {
    this.data = data;
    this.store = store;
    this.codes = null;
    this.originals = null;
    const { examples } = data.tables;
    const head = examples ? 'Start from a test image' : 'Start from the code of a test image';
    const again = () => {
      if (this.codes) this.#fill();
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
    this.codes = codes;
    this.originals = examples?.images;
    this.#fill();
  }

  #fill() {
    const images = this.originals?.shape[0];
    this.strip.replaceChildren(...oneOfEach(this.codes.labels.data.subarray(0, images)).map((i) => this.#thumbnail(i)));
    this.show();
  }

  #thumbnail(i) {
    const name = this.data.class_names[this.codes.labels.data[i]];
    const title = `test image ${i}, class ${name}`;
    const image = this.originals ? this.#original(i) : this.#decoded(i);
    return el('button', { title, onclick: () => this.#choose(i, title) }, image, name);
  }

  #original(i) {
    const { data, shape } = this.originals;
    const canvas = picture('');
    drawPixels(canvas, row(data, data.length / shape[0], i), this.store.vae.shape, 255);
    return canvas;
  }

  #decoded(i) {
    const { vae } = this.store;
    const canvas = picture('');
    drawPixels(canvas, vae.mean(row(this.codes.mu.data, vae.latent, i)), vae.shape);
    return canvas;
  }

  async #choose(i, words) {
    const { store } = this;
    const { latent } = store.vae;
    const mu = row(this.codes.mu.data, latent, i);
    if (this.originals)
      this.pair.replaceChildren(this.#original(i), `x: ${words}`, this.#decoded(i), 'x̂: decoded from its μ');
    store.glideTo(mu);
    const [widths] = await loadTables(this.data, 'widths').catch(() => []);
    store.posterior = widths ? { mu, logvar: row(widths.logvar.data, latent, i), words } : null;
    store.changed(false);
  }

  /** Mark the image whose posterior is chosen. */
  show() {
    for (const button of this.strip.children) button.ariaPressed = String(button.title === this.store.posterior?.words);
  }
}
