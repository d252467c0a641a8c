// Three estimators of one gradient of E_q[distortion] compared on the same draws: each draw, their mean and its error.
import { normal, rates } from '../core/prior.js';
import { Plot } from '../kit/axes.js';
import { el, fixed, symbol } from '../kit/elements.js';
import { hasImage } from '../state/subject.js';
import { loadGradients } from '../work/backpropagation.js';
import { Draws } from './draws.js';
import { drawFunnels, drawHistograms } from './spread.js';

/** @import { Store } from '../state/store.js' */
/** @import { Looked } from '../state/subject.js' */
/** @import { Column } from './draws.js' */
/** @import { Data as Shared } from './near.js' */
/** @typedef {Awaited<ReturnType<typeof loadGradients>>} Ask */
/** @typedef {Shared & { gradients: string[] }} Data - with the estimators' colours */

const DRAWS = 1000; // measured
const FIRST = 100; // averaged until the slider says otherwise
const WAIT_MS = 300; // a hand that draws an image is not done yet
const NAMES = ['pathwise', 'score function', 'with a baseline'];
const COLUMNS = [
  'mean of the first N ± its standard error',
  'variance of one draw',
  '… against pathwise',
  'signal to noise at N',
];

/**
 * With as many digits as an error leaves.
 *
 * @param {number} value
 * @param {number} error
 */
const short = (value, error) => fixed(value, Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(error || 1)))));
const many = (/** @type {number} */ value) => value.toLocaleString('en', { maximumSignificantDigits: 3 });
const figure = (/** @type {Plot} */ plot, /** @type {(string | Node)[]} */ ...words) =>
  el('figure', {}, el('figcaption', {}, words), plot.node);

/** The controls, the table and both plots. */
class Comparison {
  /**
   * @param {Data} data
   * @param {Store} store
   * @param {HTMLElement} root - what it fills
   * @param {Ask} ask
   */
  constructor(data, store, root, ask) {
    this.data = data;
    this.store = store;
    this.root = root;
    this.ask = ask;
    this.latent = store.vae.latent;
    this.draws = new Draws();
    /** @type {Column[] | null} */
    this.columns = null;
    this.seen = true;
    this.due = false;
    this.timer = 0;
    this.shown = 0;
    /** @type {Looked | null} */
    this.posterior = null;
    this.which = this.#select('Which number of the gradient', this.#numbers());
    this.widest = this.#select('Width of the axis', NAMES);
    this.widest.value = '1';
    this.slider = this.#slider();
    this.count = el('b', { class: 'number' });
    this.said = el('p', { class: 'hint', role: 'status' }, 'Loading…');
    this.cells = NAMES.map(() => COLUMNS.map(() => el('td', { class: 'number' })));
    this.histograms = this.#histograms();
    this.funnels = this.#funnels();
    root.replaceChildren(this.#controls(), this.#table(), this.said, this.#pictures());
    this.unsubscribe = store.subscribe(() => this.#follow());
    this.#follow();
  }

  /** What the numbers of the gradient are derivatives in. */
  #numbers() {
    const dimensions = [...Array(this.latent).keys()];
    return [...dimensions.map((i) => symbol('μ', i)), ...dimensions.map((i) => `log ${symbol('σ', i)}²`)];
  }

  /**
   * @param {string} label
   * @param {string[]} options
   */
  #select(label, options) {
    const nodes = options.map((words, value) => el('option', { value }, words));
    return el('select', { 'aria-label': label, onchange: () => this.#redraw() }, nodes);
  }

  #slider() {
    return el('input', {
      type: 'range',
      min: 1,
      max: DRAWS,
      'aria-label': 'Samples N',
      oninput: () => this.#choose(false),
      onchange: () => this.#choose(true),
    });
  }

  #histograms() {
    const words = 'Histograms of what single draws say, one estimator below the other on one axis';
    const look = { names: NAMES, colours: this.data.gradients };
    const draw = (/** @type {Plot} */ plot) => {
      if (this.columns) drawHistograms(plot, this.columns, { ...look, widest: Number(this.widest.value) });
    };
    return new Plot(words, draw, { margins: { left: 26, right: 26, top: 2 }, room: [90, 999] });
  }

  #funnels() {
    const words = 'Mean of the first n draws and its standard error, against n';
    const look = { colours: this.data.gradients, most: DRAWS };
    const draw = (/** @type {Plot} */ plot) => {
      if (this.columns) drawFunnels(plot, this.columns, { ...look, samples: this.samples });
    };
    return new Plot(words, draw, { logX: true, names: ['n', ''], margins: { top: 10, left: 62 } });
  }

  #controls() {
    return el(
      'div',
      { class: 'buttons' },
      el('label', {}, 'Gradient in ', this.which),
      el('label', {}, 'N = ', this.count, this.slider),
      el('button', { onclick: () => this.#measure() }, 'New draws'),
    );
  }

  #table() {
    const heads = ['', ...COLUMNS].map((words) => el('th', { scope: 'col' }, words));
    const rows = NAMES.map((name, k) =>
      el('tr', { style: `--c: ${this.data.gradients[k]}` }, el('th', { scope: 'row' }, name), this.cells[k]),
    );
    return el('div', { class: 'scroll' }, el('table', {}, el('tr', {}, heads), rows));
  }

  #pictures() {
    return el(
      'div',
      { class: 'pictures' },
      figure(this.histograms, 'What single draws say. Axis: ', this.widest),
      figure(this.funnels, 'Mean of the first n draws ± its standard error'),
    );
  }

  stop() {
    this.unsubscribe();
    clearTimeout(this.timer);
    this.histograms.stop();
    this.funnels.stop();
  }

  get samples() {
    return Math.min(DRAWS, Math.max(1, Number(this.store.view.samples || FIRST)));
  }

  /** @param {boolean} final */
  #choose(final) {
    const { store, slider } = this;
    store.view = { ...store.view, samples: Number(slider.value) === FIRST ? '' : slider.value };
    store.changed(final);
  }

  #follow() {
    const { samples, slider, count } = this;
    const { posterior } = this.store;
    if (!hasImage(posterior)) return;
    if (posterior !== this.posterior) this.#look(posterior);
    if (this.shown === samples) return;
    this.shown = samples;
    slider.value = String(samples);
    count.textContent = String(samples);
    this.#redraw();
  }

  /**
   * Another image; the first one's number that carries the most is shown.
   *
   * @param {Looked} posterior
   */
  #look(posterior) {
    const first = !this.posterior;
    const found = rates(posterior.mu, posterior.logvar);
    if (first) this.which.value = String(found.indexOf(Math.max(...found)));
    this.posterior = posterior;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#measure(), first ? 0 : WAIT_MS);
  }

  /**
   * Whether anybody sees it: nothing is drawn for nobody.
   *
   * @param {boolean} seen
   */
  look(seen) {
    this.seen = seen;
    if (seen && this.due) this.#measure();
  }

  /** Draw anew; what was drawn stays until there is more. */
  #measure() {
    const { posterior, ask, root } = this;
    this.due = !this.seen;
    if (this.due || !posterior) return;
    const { x, mu, logvar } = posterior;
    const draws = new Draws();
    const eps = Float32Array.from({ length: DRAWS * this.latent }, () => normal());
    delete root.dataset.draws;
    ask('many', { x, mu, logvar, eps }, ({ parts, done }) => {
      draws.add(parts);
      if (draws.count < 2) return;
      this.draws = draws;
      if (done) root.dataset.draws = String(DRAWS);
      this.#redraw();
    });
  }

  #redraw() {
    const { draws } = this;
    if (draws.count < 2) return;
    this.columns = draws.columns(Number(this.which.value));
    this.#write(this.columns);
    this.histograms.redraw();
    this.funnels.redraw();
  }

  /** @param {Column[]} columns */
  #write(columns) {
    const { count } = this.draws;
    const n = Math.min(this.samples, count);
    const truth = columns[0];
    columns.forEach(({ values, variance }, k) => {
      const error = Math.sqrt(variance / n);
      const mean = values.subarray(0, n).reduce((sum, value) => sum + value, 0) / n;
      const words = [
        `${short(mean, error)} ± ${short(error, error)}`,
        many(variance),
        k ? `× ${many(variance / truth.variance)}` : '',
        many(Math.abs(truth.mean) / error),
      ];
      this.cells[k].forEach((cell, i) => {
        cell.textContent = words[i];
      });
    });
    const measured = `Measured on the same ${many(DRAWS)} draws of ε for all three. `;
    this.said.textContent =
      count < DRAWS ? `${count} of ${DRAWS} draws so far…` : `${measured}Signal: the pathwise mean of all of them.`;
  }
}

/**
 * @param {Data} data
 * @param {Store} store
 * @param {HTMLElement} root - what it fills
 */
export async function loadComparison(data, store, root) {
  return new Comparison(data, store, root, await loadGradients(data));
}
