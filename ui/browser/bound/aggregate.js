// One dimension: the means of the test images, their aggregate posterior and the prior, and what its rate is spent on.
import { column, decomposition, histogram, masses } from '../core/aggregate.js';
import { density } from '../core/bounds.js';
import { Plot } from '../kit/axes.js';
import { el, fixed, row, symbol } from '../kit/elements.js';
import { quantile } from './plane.js';

/** @import { Coverage } from './coverage.js' */
/**
 * Shares of bins from −side to side.
 *
 * @typedef {{ side: number, shares: Float64Array, aggregate: Float64Array }} Weighed
 */
/** @typedef {[x: number, y: number]} Point */

const BINS = 48;
const FINE = 4; // bins of the aggregate posterior to one of the histogram
const PRIOR = { mu: 0, sigma: 1 };
const TALLEST = 2; // of densities; a collapsed dimension's runs out of the picture
const LEGEND = {
  mu: 'means μ of the test images',
  z: 'aggregate posterior: the mean of all q(z|x)',
  p: 'prior N(0, 1)',
};

const tallest = (/** @type {Float64Array} */ shares, /** @type {number} */ width) =>
  shares.reduce((most, share) => Math.max(most, Math.min(TALLEST, share / width)), 0);

/** The plot, its legend and the chooser of the dimension. */
export class Aggregate {
  /**
   * @param {number} latent
   * @param {number} dimension - that is shown first.
   * @param {Record<string, string>} symbols - colours.
   */
  constructor(latent, dimension, symbols) {
    this.latent = latent;
    this.dimension = dimension;
    this.symbols = symbols;
    /** @type {Coverage | null} */
    this.coverage = null;
    /** @type {Weighed | null} */
    this.weighed = null;
    this.spent = el('p');
    const words = 'One dimension: the means, the aggregate posterior and the prior';
    this.plot = new Plot(words, () => this.#draw(), { names: ['', 'density'] });
    const legend = Object.entries(LEGEND).map(([kind, line]) => el('span', { class: kind }, line));
    const controls = row(latent > 1 ? this.#chooser() : null, el('div', { class: 'key' }, legend));
    this.node = el('div', { class: 'spread' }, controls, this.plot.node, this.spent);
  }

  #chooser() {
    const options = Array.from({ length: this.latent }, (_, i) => el('option', { value: i }, symbol('z', i)));
    const select = el('select', {}, options);
    select.value = String(this.dimension);
    select.addEventListener('change', () => {
      this.dimension = Number(select.value);
      if (this.coverage) this.show(this.coverage);
    });
    return el('label', {}, 'Dimension ', select);
  }

  /** @param {Coverage} coverage */
  show(coverage) {
    const means = column(coverage.mu, this.latent, this.dimension);
    const logvars = column(coverage.logvar, this.latent, this.dimension);
    const side = Math.max(4, 1.1 * quantile(means.map(Math.abs), 0.999));
    this.coverage = coverage;
    this.weighed = {
      side,
      shares: histogram(means, -side, side, BINS),
      aggregate: masses(means, logvars, -side, side, FINE * BINS),
    };
    this.#say(decomposition(means, logvars));
    this.plot.redraw();
  }

  /** @param {{ rate: number, marginal: number, information: number }} parts - nats. */
  #say({ rate, marginal, information }) {
    const part = (/** @type {number} */ value) => el('b', { class: 'number' }, fixed(value));
    const told = ['Of its mean rate, ', part(rate), ' nats, ', part(information), ' tell which image it is; '];
    this.spent.replaceChildren(...told, part(marginal), ' is the KL of the aggregate posterior from the prior.');
  }

  #draw() {
    const { weighed, plot, dimension } = this;
    if (!weighed) return;
    const { side, shares, aggregate } = weighed;
    const width = (2 * side) / BINS;
    const top = Math.max(0.4, tallest(shares, width), tallest(aggregate, width / FINE));
    plot.names[0] = symbol('z', dimension);
    plot.frame([-side, side], [0, 1.1 * top]);
    this.#bars(weighed, width);
    this.#curves(weighed, width / FINE);
  }

  /**
   * @param {Weighed} weighed
   * @param {number} width
   */
  #bars({ side, shares }, width) {
    const look = { colour: this.symbols.mu, alpha: 0.45 };
    shares.forEach((share, b) => {
      const ends = [b, b + 0.92].map((edge) => -side + edge * width);
      /** @type {(y: number) => Point[]} */
      const level = (y) => ends.map((x) => [x, y]);
      this.plot.area(level(share / width), level(0), look);
    });
  }

  /**
   * @param {Weighed} weighed
   * @param {number} width
   */
  #curves({ side, aggregate }, width) {
    /** @type {Point[]} */
    const posterior = Array.from(aggregate, (share, b) => [-side + (b + 0.5) * width, share / width]);
    const places = Array.from({ length: 201 }, (_, i) => -side + (side * i) / 100);
    /** @type {Point[]} */
    const prior = places.map((z) => [z, density(z, PRIOR)]);
    this.plot.line(posterior, { colour: this.symbols.z, width: 3 });
    this.plot.line(prior, { width: 2.5, dash: [7, 5] });
  }

  stop() {
    this.plot.stop();
  }
}
