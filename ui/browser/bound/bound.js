// KL and ELBO: the bound of one image. Its distortion and rate as bars, and how K samples tighten it, as you watch.
import { pixelEntropy } from '../core/bounds.js';
import { rates } from '../core/prior.js';
import { Plot } from '../kit/axes.js';
import { button, el, fixed, picture, row, subscript } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { drawPixels } from '../kit/sample.js';
import { conversation, loadStore } from '../state/store.js';
import { hasImage, loadSubject } from '../state/subject.js';
import { loadSampler } from '../work/sampling.js';
import { Bars } from './bars.js';
import { drawCurve } from './curve.js';
import { STEPS, Samples } from './samples.js';
import { Shares } from './shares.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Looked } from '../state/subject.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { Draws, Sampler } from '../work/sampling.js' */
/** @import { Found } from './samples.js' */

const FIRST = 6; // of the steps
const REPEATS = 12; // of a draw of K samples
const LEAST = 1000; // so many draws make even K = 1 exact enough
const FAILED = 'Nothing can be drawn here; reload the page.';

const sum = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0);
const plusMinus = (/** @type {{ mean: number, error: number }} */ { mean, error }) =>
  `${fixed(mean)} ± ${Number.isFinite(error) ? fixed(error) : '?'}`;

/**
 * The step whose K is nearest to a number of samples, by their ratio.
 *
 * @param {number} samples
 */
function nearestStep(samples) {
  const off = STEPS.map((K) => Math.abs(Math.log(K / samples)));
  return off.indexOf(Math.min(...off));
}

/**
 * What the bound of K samples tells.
 *
 * @param {Found} found
 */
function verdict({ best, elbo }) {
  const gain = best.mean - elbo.mean;
  if (best.K === 1) return 'One sample: this is the ELBO.';
  if (gain < Math.hypot(best.error || 0, elbo.error)) {
    return 'Not yet told apart from the ELBO: the gap is smaller than the error.';
  }
  const lack = 'All that the ELBO lacks, KL(q(z|x) ‖ p(z|x)), is at least about that.';
  return `The best lower bound found here, ${fixed(gain)} nats above the ELBO. ${lack}`;
}

/** What is drawn of one image's posterior, and how it is shown. */
class Bound {
  /**
   * @param {ModelData} data
   * @param {Store} store
   * @param {Sampler} sampler
   */
  constructor(data, store, sampler) {
    this.data = data;
    this.store = store;
    this.sampler = sampler;
    this.samples = new Samples();
    this.asked = 0; // samples
    this.step = FIRST;
    this.rate = 0;
    this.floor = 0;
    /** @type {Looked | null} */
    this.posterior = null;
    /** @type {Found | null} */
    this.found = null;
    this.soon = coalesce(() => this.#show());
    this.bars = new Bars(data.spec.likelihood);
    this.shares = new Shares(store.vae.latent);
    this.image = picture('The reconstruction, decoded from μ');
    this.title = el('b');
    this.said = el('output', { 'aria-live': 'polite' });
    this.slider = this.#slider();
    this.plot = this.#plot();
    this.count = el('span', { class: 'hint' });
    this.root = this.#furnish();
  }

  #slider() {
    return el('input', {
      type: 'range',
      min: 0,
      max: STEPS.length - 1,
      value: FIRST,
      'aria-label': 'K, importance samples',
      oninput: () => this.#choose(false),
      onchange: () => this.#choose(true),
    });
  }

  #plot() {
    const draw = (/** @type {Plot} */ plot) => {
      if (this.found) drawCurve(plot, this.found, STEPS[STEPS.length - 1]);
    };
    return new Plot('The bound against K', draw, { logX: true, names: ['K, importance samples', 'nats'] });
  }

  #furnish() {
    const { bars, shares, image } = this;
    const { x_hat, z } = this.data.symbols;
    const title = el('b', { style: `color: ${x_hat}` }, 'x̂');
    const figure = el('figure', {}, title, image, el('figcaption', { class: 'hint' }, 'decoded from μ'));
    const tighten = el(
      'div',
      { class: 'tighten' },
      el('h4', {}, 'K samples instead of one'),
      el('label', {}, this.title, this.slider),
      this.said,
      this.plot.node,
      row(
        button('Draw again', () => this.#again()),
        this.count,
      ),
    );
    const style = `--d: ${x_hat}; --r: ${z}`;
    return el('div', { class: 'bound', style }, figure, bars.node, tighten, shares.node);
  }

  get K() {
    return STEPS[this.step];
  }

  /** @param {boolean} final */
  #choose(final) {
    const { store } = this;
    const step = Number(this.slider.value);
    store.view = { ...store.view, samples: step === FIRST ? '' : String(STEPS[step]) };
    store.changed(final);
  }

  #empty() {
    this.samples = new Samples();
    this.asked = 0;
    this.found = null;
  }

  #again() {
    this.#empty();
    if (this.posterior) this.#want(this.posterior);
  }

  /** @param {boolean} final */
  follow(final) {
    const { posterior, view } = this.store;
    if (!hasImage(posterior)) return;
    if (posterior !== this.posterior) this.#look(posterior, final);
    this.step = view.samples ? nearestStep(Math.max(1, Number(view.samples))) : FIRST;
    this.slider.value = String(this.step);
    this.#want(posterior);
    this.soon();
  }

  /**
   * Another image, or another state of a drawing.
   *
   * @param {Looked} posterior
   * @param {boolean} final
   */
  #look(posterior, final) {
    const { mu, logvar, x, index } = posterior;
    const { vae } = this.store;
    const each = rates(mu, logvar);
    this.#empty();
    this.posterior = posterior;
    this.rate = sum(each);
    this.floor = pixelEntropy(x);
    this.shares.show(each, final || index != null);
    drawPixels(this.image, vae.mean(mu), vae.shape);
  }

  /**
   * Ask for as many samples as K needs.
   *
   * @param {Looked} posterior
   */
  #want({ x, mu, logvar }) {
    const wanted = Math.max(LEAST, REPEATS * this.K);
    if (this.asked >= wanted) return;
    this.asked = wanted;
    const draw = { x, mu, logvar, count: wanted - this.samples.count };
    this.sampler.ask(
      draw,
      (draws) => this.#receive(draws),
      () => this.#fail(),
    );
  }

  /** @param {Draws} draws */
  #receive(draws) {
    this.samples.add(draws);
    this.soon();
  }

  #fail() {
    this.said.textContent = FAILED;
    this.asked = 0;
  }

  #show() {
    const { samples, root, rate, floor, K } = this;
    if (!this.posterior || !samples.count || !root.isConnected) return;
    const found = samples.measure(rate, K);
    this.found = found;
    const { distortion, best, elbo } = found;
    this.bars.show({ distortion, rate, best, gap: best.mean - elbo.mean, floor });
    this.#say(found);
    this.plot.redraw();
  }

  /** @param {Found} found */
  #say(found) {
    const { samples, root, said, K } = this;
    const { best, repeats } = found;
    const done = samples.count >= this.asked;
    this.title.textContent = `K = ${K}`;
    this.slider.ariaValueText = `K = ${K}`;
    const bound = `log p(x) ≥ L${subscript(best.K)} = ${plusMinus(best)} nats`;
    said.replaceChildren(el('strong', { class: 'number' }, bound), el('span', { class: 'hint' }, verdict(found)));
    said.ariaBusy = String(!done); // spoken once, at the end
    const draws = `Mean of ${repeats} ${repeats === 1 ? 'draw' : 'draws'} of ${K} samples${done ? '' : ' so far'}`;
    this.count.textContent = `${draws}, one standard error to each side; thin: the last draw.`;
    root.dataset.draws = String(samples.count);
    root.dataset.done = String(done);
  }

  stop() {
    this.sampler.forget();
    this.plot.stop();
  }
}

/** @param {Component<ModelData>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const chooser = await loadSubject(store, data);
  const bound = new Bound(data, store, await loadSampler(data));
  const talk = conversation(store);
  const unsubscribe = store.subscribe((final) => bound.follow(final));
  return {
    nodes: [chooser.node, bound.root],
    update(/** @type {Component<ModelData>} */ latest) {
      talk.hear(latest);
      bound.follow(true);
    },
    stop() {
      talk.stop();
      unsubscribe();
      chooser.stop();
      bound.stop();
    },
  };
}

const STYLES = new URL('./bound.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<ModelData>} component
 */
export const mount = (component) => widget(component, build, STYLES);
