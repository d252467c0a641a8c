// KL and ELBO: three ways to compute the KL of one image's posterior; Monte Carlo runs from 1 to 100,000 draws.
import { ratioDeviation, ratioSampler, sufficientStatistics } from '../core/bounds.js';
import { normals, rates } from '../core/prior.js';
import { Plot } from '../kit/axes.js';
import { button, el, fixed } from '../kit/elements.js';
import { coalesce, wantsStillness } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { loadSubject } from '../state/subject.js';
import { MonteCarlo, PLACES, drawError, drawEstimate } from './montecarlo.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Chosen } from '../state/chosen.js' */
/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { View } from './montecarlo.js' */
/** @typedef {ModelData & { chooser: boolean }} Data - `chooser`: whether no widget above brings one. */

const RUN_MS = 2500;
const REST_MS = 300;
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const ESTIMATE = 'The estimate and one standard error to each side; dashed: the closed form.';
const ERROR =
  'How far it is off. Edge of the band: its standard error, along 1/√N. A hundred times the draws, ' +
  'a tenth of the error.';

const sum = (/** @type {number[]} */ values) => values.reduce((a, b) => a + b, 0);
const grouped = (/** @type {number} */ n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
const digitsFor = (/** @type {number} */ error) => Math.min(5, Math.max(2, 1 - Math.floor(Math.log10(error || 1))));

/**
 * A small number as a power of ten.
 *
 * @param {number} value
 */
function scientific(value) {
  if (!value) return '0';
  const [digits, power] = value.toExponential(1).split('e');
  const raised = String(Number(power)).replace('-', '⁻');
  return `${digits} · 10${raised.replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)])}`;
}

/** One way: its number and a note. */
class Card {
  /** @param {string} name */
  constructor(name) {
    this.number = el('output', { class: 'number' });
    this.note = el('span', { class: 'hint' });
    this.node = el('div', {}, el('h4', {}, name), this.number, this.note);
  }

  /**
   * @param {string} number
   * @param {string} note
   */
  show(number, note) {
    this.number.textContent = number;
    this.note.textContent = note;
  }
}

/** The three numbers of one posterior, and the Monte Carlo estimate as it runs. */
class ThreeWays {
  /**
   * @param {Data} data
   * @param {Store} store
   */
  constructor(data, store) {
    this.store = store;
    this.colour = data.symbols.z;
    this.normal = normals();
    this.at = PLACES.length - 1; // the place that is shown, as soon as it is known
    this.chosen = false; // by hand
    this.exact = 0;
    this.deviation = 1;
    this.timer = 0;
    this.frame = 0;
    /** @type {Chosen | null} */
    this.posterior = null;
    /** @type {MonteCarlo | null} */
    this.estimate = null;
    this.soon = coalesce(() => this.#show());
    this.closed = new Card('1. Closed form');
    this.analytic = new Card('2. Analytic expectation');
    this.sampled = new Card('3. Monte Carlo');
    this.title = el('b');
    this.slider = this.#slider();
    const names = (/** @type {string} */ name) => ({ logX: true, names: ['N draws', name] });
    const running = 'The Monte Carlo estimate against N, with one standard error';
    const errors = 'The error against N, both axes logarithmic';
    this.running = new Plot(running, (plot) => this.#draw(plot, drawEstimate), names('KL, nats'));
    this.errors = new Plot(errors, (plot) => this.#draw(plot, drawError), { ...names('error, nats'), logY: true });
    this.root = this.#furnish();
  }

  #slider() {
    const max = PLACES.length - 1;
    const oninput = () => this.#choose();
    return el('input', { type: 'range', min: 0, max, value: max, 'aria-label': 'N, Monte Carlo draws', oninput });
  }

  #furnish() {
    const { closed, analytic, sampled, title, slider, running, errors, colour } = this;
    const figure = (/** @type {Plot} */ plot, /** @type {string} */ words) =>
      el('figure', {}, plot.node, el('figcaption', { class: 'hint' }, words));
    const again = button('Draw again', () => this.#begin());
    return el(
      'div',
      { class: 'kl', style: `--r: ${colour}` },
      el('div', { class: 'three' }, closed.node, analytic.node, sampled.node),
      el('div', { class: 'draws' }, el('label', {}, title, slider), again),
      el('div', { class: 'two' }, figure(running, ESTIMATE), figure(errors, ERROR)),
    );
  }

  /**
   * @param {Plot} plot
   * @param {(plot: Plot, view: View) => void} draw
   */
  #draw(plot, draw) {
    const { exact, deviation, colour, seen } = this;
    if (this.posterior) draw(plot, { exact, deviation, colour, seen, path: this.estimate?.path ?? [] });
  }

  follow() {
    const { posterior } = this.store;
    if (!posterior || posterior === this.posterior) return;
    const { mu, logvar } = posterior;
    const closed = sum(rates(mu, logvar));
    const analytic = sum(sufficientStatistics(mu, logvar));
    this.posterior = posterior;
    this.exact = closed;
    this.deviation = Math.max(1e-9, ratioDeviation(mu, logvar));
    this.estimate = null;
    this.closed.show(fixed(closed, 5), 'nats, exact');
    this.analytic.show(fixed(analytic, 5), `nats; differs by ${scientific(Math.abs(analytic - closed))}: rounding`);
    this.#halt();
    this.timer = setTimeout(() => this.#begin(), REST_MS); // not at every point of a stroke
    this.soon();
  }

  #choose() {
    this.at = Number(this.slider.value);
    this.chosen = true;
    this.#show();
  }

  #halt() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
  }

  /** Draw anew, ever faster: N grows by the same factor in the same time. */
  #begin() {
    if (!this.posterior) return;
    const { mu, logvar } = this.posterior;
    const estimate = new MonteCarlo(ratioSampler(mu, logvar, this.normal), this.exact);
    const began = performance.now();
    this.#halt();
    this.estimate = estimate;
    this.chosen = false;
    const step = (/** @type {number} */ now) => {
      const part = wantsStillness() ? 1 : Math.max(0.01, (now - began) / RUN_MS);
      estimate.run(Math.ceil(part * PLACES.length));
      if (!this.chosen) this.#reach(estimate.path.length - 1);
      if (!estimate.done) this.frame = requestAnimationFrame(step);
      this.#show();
    };
    this.frame = requestAnimationFrame(step);
  }

  /** @param {number} place */
  #reach(place) {
    this.at = place;
    this.slider.value = String(place);
  }

  get seen() {
    const path = this.estimate?.path ?? [];
    return path[Math.min(this.at, path.length - 1)];
  }

  #show() {
    const { seen, slider, estimate, root } = this;
    const title = `N = ${grouped(PLACES[this.at])}`;
    this.title.textContent = title;
    slider.ariaValueText = `${title} draws`;
    if (seen) this.#showSampled(seen);
    else this.sampled.show('…', 'nats');
    root.dataset.draws = String(estimate?.count ?? 0);
    this.running.redraw();
    this.errors.redraw();
  }

  /** @param {{ off: number, error: number }} seen */
  #showSampled({ off, error }) {
    const digits = digitsFor(error);
    const mean = fixed(this.exact + off, digits);
    if (Number.isFinite(error)) {
      const away = fixed(Math.abs(off / error), 1);
      this.sampled.show(`${mean} ± ${fixed(error, digits)}`, `nats; off by ${away} standard errors`);
    } else this.sampled.show(`${mean} ± ?`, 'nats; one draw tells no error');
  }

  stop() {
    this.#halt();
    this.running.stop();
    this.errors.stop();
  }
}

/** @param {Component<Data>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const chooser = data.chooser ? await loadSubject(store, data) : null;
  const ways = new ThreeWays(data, store);
  const talk = conversation(store);
  const unsubscribe = store.subscribe(() => ways.follow());
  return {
    nodes: chooser ? [chooser.node, ways.root] : [ways.root],
    update(/** @type {Component<Data>} */ latest) {
      talk.hear(latest);
      ways.follow();
      ways.soon();
    },
    stop() {
      talk.stop();
      unsubscribe();
      chooser?.stop();
      ways.stop();
    },
  };
}

const STYLES = new URL('./bound.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, build, STYLES);
