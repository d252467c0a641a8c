// KL and ELBO: a playground with two Gaussians. Their densities, what the KL is the integral of, and the KL both ways.
import { density, gaussianKl, integralKl, integrand } from '../core/bounds.js';
import { Plot } from '../kit/axes.js';
import { roundStep } from '../kit/ticks.js';
import { button, el, fixed, row } from '../kit/elements.js';
import { coalesce, travel } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { REACH, Rail } from './rail.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Gaussian, Kind } from './rail.js' */
/** @typedef {{ symbols: Record<string, string> }} Data */
/** @typedef {'q' | 'p'} Name */
/** @typedef {{ from: Name, to: Name, words: string }} Way - KL(from ‖ to). */

const GLIDE_MS = 350;
/**
 * Means and widths of q, then of p.
 *
 * @type {Record<string, number[]>}
 */
const PRESETS = {
  'q too narrow': [0, 0.4, 0, 1],
  'q too wide': [0, 2, 0, 1],
  shifted: [1.5, 1, 0, 1],
  'q = p': [0, 1, 0, 1],
};
const MARGINS = { left: 56, right: 14 };
/** @type {Way[]} */
const WAYS = [
  {
    from: 'q',
    to: 'p',
    words:
      'An average over q: it grows where q has mass and p has little. The rate of a VAE is this one, with q = q(z|x) ' +
      'and p = N(0, 1). Fitting q by it is called the reverse KL: q would rather be too narrow.',
  },
  {
    from: 'p',
    to: 'q',
    words:
      'An average over p: it grows where p has mass and q has little. Fitting q by it is called the forward KL: q ' +
      'would rather be too wide.',
  },
];
/** @type {[x: number, y: number][]} */
const GROUND = [
  [-REACH, 0],
  [REACH, 0],
];
const X = Array.from({ length: 401 }, (_, i) => -REACH + (2 * REACH * i) / 400);

/**
 * @param {number} value
 * @param {number} digits
 */
const number = (value, digits, kind = '') => el('b', { class: `number ${kind}` }, fixed(value, digits));
/**
 * @param {string} words
 * @param {number} value
 */
const computed = (words, value) => el('span', {}, `${words} `, number(value, 6), ' nats');

/**
 * The curve of a function of z.
 *
 * @param {(z: number) => number} height
 * @returns {[x: number, y: number][]}
 */
const curve = (height) => X.map((z) => [z, height(z)]);

/**
 * @param {Plot} plot
 * @param {Record<Name, Gaussian>} gaussians
 */
function drawDensities(plot, { q, p }) {
  plot.frame([-REACH, REACH], [0, 1.12 * Math.max(0.5, density(q.mu, q), density(p.mu, p))]);
  plot.area(
    curve((z) => density(z, q)),
    GROUND,
    { alpha: 0.13 },
  );
  plot.line(
    curve((z) => density(z, p)),
    { width: 3, dash: [8, 6] },
  );
  plot.line(
    curve((z) => density(z, q)),
    { width: 3 },
  );
  const side = q.mu < p.mu ? -1 : 1;
  nameCurve(plot, 'q', q, side);
  nameCurve(plot, 'p', p, -side);
}

/**
 * A name at the outer shoulder of its curve.
 *
 * @param {Plot} plot
 * @param {Name} name
 * @param {Gaussian} gaussian
 * @param {number} side
 */
function nameCurve(plot, name, gaussian, side) {
  const z = gaussian.mu + 1.18 * side * gaussian.sigma;
  plot.words(name, z, density(z, gaussian), { dx: 18 * side, dy: -8, align: 'center', weight: 700 });
}

/**
 * @param {Plot} plot
 * @param {Gaussian} from
 * @param {Gaussian} to
 * @param {string} colour
 */
function drawIntegrand(plot, from, to, colour) {
  const values = X.map((z) => integrand(z, from, to));
  const least = Math.min(-0.3, ...values);
  const most = Math.max(0.5, ...values);
  const step = roundStep(most - least, 4);
  const points = curve((z) => integrand(z, from, to));
  const above = curve((z) => Math.max(0, integrand(z, from, to)));
  const below = curve((z) => Math.min(0, integrand(z, from, to)));
  plot.frame([-REACH, REACH], [step * Math.floor(least / step), step * Math.ceil(most / step)]);
  plot.area(above, GROUND, { colour, alpha: 0.55 });
  plot.area(below, GROUND, { colour, hatched: true, width: 2.5, alpha: 0.8 });
  plot.line(GROUND, { width: 1.5 });
  plot.line(points, { colour, width: 2.5 });
}

/** The two Gaussians, their handles and the KL both ways. */
class Playground {
  /** @param {Data} data */
  constructor({ symbols }) {
    this.symbols = symbols;
    this.way = WAYS[0];
    this.halt = () => {};
    /** @type {Record<Name, Gaussian>} */
    this.gaussians = { q: { mu: 1, sigma: 0.6 }, p: { mu: 0, sigma: 1 } };
    this.rails = { q: this.#rail('q'), p: this.#rail('p') };
    this.above = this.#above();
    this.below = this.#below();
    this.said = el('output', { class: 'hint', 'aria-live': 'polite' });
    this.pairs = el('div', { class: 'agree' });
    this.agreement = el('div', { class: 'agree' });
    this.numbers = WAYS.map(() => el('b', { class: 'number' }));
    this.soon = coalesce(() => this.#show());
    this.root = this.#furnish();
    this.soon();
  }

  /** @param {Name} name */
  #rail(name) {
    return new Rail(name, this.gaussians[name], (kind, value) => this.#set(name, kind, value));
  }

  #above() {
    const margins = { ...MARGINS, bottom: 8 };
    const draw = (/** @type {Plot} */ plot) => drawDensities(plot, this.gaussians);
    return new Plot('The densities of q and p', draw, { names: ['', 'density'], margins });
  }

  #below() {
    const draw = (/** @type {Plot} */ plot) => {
      const { from, to } = this.way;
      drawIntegrand(plot, this.gaussians[from], this.gaussians[to], this.symbols.z);
    };
    return new Plot('What the KL is the integral of', draw, { names: ['z', ''], margins: MARGINS });
  }

  #furnish() {
    const { symbols, rails, above, below } = this;
    const presets = Object.entries(PRESETS).map(([name, values]) => button(name, () => this.#glide(values)));
    return el(
      'div',
      { class: 'playground', style: `--mu: ${symbols.mu}; --sigma: ${symbols.sigma}` },
      row(presets),
      el('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Which KL' }, this.#switch()),
      this.pairs,
      el('div', { class: 'stack' }, above.node, rails.q.node, rails.p.node, below.node),
      el('div', { class: 'words' }, this.agreement, this.said),
    );
  }

  #switch() {
    return WAYS.map((way, i) => {
      const onchange = () => {
        this.way = way;
        this.soon();
      };
      const input = el('input', { type: 'radio', name: 'way', checked: way === this.way, onchange });
      return el('label', {}, input, `KL(${way.from} ‖ ${way.to}) = `, this.numbers[i]);
    });
  }

  /**
   * @param {Name} name
   * @param {Kind} kind
   * @param {number} value
   */
  #set(name, kind, value) {
    this.halt();
    this.gaussians[name][kind] = value;
    this.soon();
  }

  /** @param {number[]} to */
  #glide(to) {
    const { q, p } = this.gaussians;
    const from = [q.mu, q.sigma, p.mu, p.sigma];
    this.halt();
    this.halt = travel(GLIDE_MS, (part) => {
      [q.mu, q.sigma, p.mu, p.sigma] = from.map((value, i) => value + part * (to[i] - value));
      this.soon();
    });
  }

  #show() {
    const { gaussians, rails, said, below } = this;
    const { from, to, words } = this.way;
    rails.q.show(gaussians.q);
    rails.p.show(gaussians.p);
    WAYS.forEach((way, i) => {
      this.numbers[i].textContent = fixed(gaussianKl(gaussians[way.from], gaussians[way.to]), 3);
    });
    this.pairs.replaceChildren(this.#named('q'), this.#named('p'));
    this.#agree(gaussians[from], gaussians[to]);
    below.names[1] = `${from} · log(${from}/${to})`;
    if (said.textContent !== words) said.textContent = words;
    this.above.redraw();
    below.redraw();
  }

  /** @param {Name} name */
  #named(name) {
    const { mu, sigma } = this.gaussians[name];
    return el('span', {}, `${name} = N(`, number(mu, 2, 'mu'), ', ', number(sigma, 2, 'sigma'), '²)');
  }

  /**
   * The KL computed in two ways.
   *
   * @param {Gaussian} from
   * @param {Gaussian} to
   */
  #agree(from, to) {
    const closed = gaussianKl(from, to);
    const integral = integralKl(from, to);
    this.agreement.replaceChildren(
      computed('closed form', closed),
      computed('area, by numerical integration', integral),
    );
    this.root.dataset.closed = String(closed);
    this.root.dataset.integral = String(integral);
  }

  stop() {
    this.halt();
    this.above.stop();
    this.below.stop();
  }
}

/** @param {Component<Data>} component */
async function build({ data }) {
  const playground = new Playground(data);
  return { nodes: [playground.root], update: playground.soon, stop: () => playground.stop() };
}

const STYLES = new URL('./bound.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<Data>} component
 */
export const mount = (component) => widget(component, build, STYLES);
