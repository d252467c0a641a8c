// The ELBO of one image as bars: distortion, rate, and the rate of the dimensions that carry most of it.
import { distortion, LIKELIHOODS, placesOf, stepOf } from '../core/likelihood.js';
import { rates } from '../core/prior.js';
import { el, fixed, symbol } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';
import { noun } from '../kit/sample.js';

/** @import { Numbers } from '../core/prior.js' */
/** @import { Decoder } from '../core/spec.js' */
/** @import { Chosen } from '../state/chosen.js' */
/** @import { Model } from '../work/told.js' */
/** @typedef {[kind: 'd' | 'r', nats: number]} Segment - Of distortion or rate. */
/** @typedef {Chosen & { x: Float32Array, final: boolean }} Code - `final` when the hand has let go. */

const SHOWN = 8;
const MANY = 32; // pairs of noises while the hand rests
const FEW = 4; // while it draws
const FEW_OF_SLOW = 2;
const LEAST_RATE = 5; // nats: the scale of a dimension ends at a multiple of it

/** @param {number[]} values */
const sum = (values) => values.reduce((a, b) => a + b, 0);
/**
 * @param {number} n
 * @returns {number} 1 of an odd number of bits
 */
const odd = (n) => n && (n & 1) ^ odd(n >> 1);

/**
 * Fixed ε for means over N(0, I): antithetic pairs of ±1, rows of a Walsh matrix, for instance 4 pairs. They have its
 * mean and variances and, up to as many dimensions as pairs, its covariances: a few do for many draws, without jitter.
 *
 * @param {number} latent
 * @param {number} most - pairs
 */
export function noises(latent, most) {
  const pairs = Math.min(most, 2 ** Math.ceil(Math.log2(latent)));
  /** @type {(i: number, k: number) => number} */
  const sign = (i, k) => (odd(i & (k >> 1)) === (k & 1) ? 1 : -1);
  return Array.from({ length: 2 * pairs }, (_, k) => Float32Array.from({ length: latent }, (_, i) => sign(i, k)));
}

/**
 * Of the largest values as many as are shown, in their order.
 *
 * @param {number[]} values
 */
function largest(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  return order.slice(0, SHOWN).sort((a, b) => a - b);
}

/**
 * A bar of parts [kind, value] on a scale from 0 to `end` nats; what is negative is hatched.
 *
 * @param {number} end
 * @param {...Segment} parts
 */
function bar(end, ...parts) {
  /** @param {Segment} part */
  const segment = ([kind, value]) => {
    const width = `width: ${(100 * Math.abs(value)) / end}%`;
    return el('i', { class: value < 0 ? `${kind} minus` : kind, style: width });
  };
  return el('div', { class: 'bar', 'data-end': `${end} nats` }, parts.map(segment));
}

/**
 * @param {string} sign
 * @param {string} kind
 * @param {string} name
 * @param {number} value
 * @param {string} [unit]
 */
const term = (sign, kind, name, value, unit = '') =>
  el('span', {}, sign, el('span', { class: kind }, `${name} `, el('b', { class: 'number' }, fixed(value, 1)), unit));

/**
 * @param {[name: string, nats: number]} row
 * @param {number} end
 */
function rateRow([name, value], end) {
  const number = el('span', { class: 'number' }, fixed(value));
  return el('div', { class: 'rate' }, el('b', {}, name), bar(end, ['r', value]), number);
}

/** The bars of one image; the ends of both scales only grow while it is drawn, so that the bars do not jump about. */
class Bars {
  /** @param {number} step - nats: the scale ends at a multiple of it */
  constructor(step) {
    this.node = el('div');
    this.step = step;
    this.end = step;
    this.rateEnd = LEAST_RATE;
    /** @type {number[] | null} */
    this.top = null;
  }

  clear() {
    this.node.replaceChildren();
    this.end = this.step;
    this.rateEnd = LEAST_RATE;
    this.top = null;
  }

  /**
   * Show a distortion and the rates of all dimensions. Which of them are shown changes only when the hand rests.
   *
   * @param {number} cost
   * @param {number[]} each
   * @param {boolean} final
   */
  show(cost, each, final) {
    if (final || !this.top) this.top = largest(each);
    const rate = sum(each);
    /** @type {[name: string, nats: number][]} */
    const rows = this.top.map((i) => [symbol('z', i), each[i]]);
    const shown = sum(rows.map(([, nats]) => nats));
    if (each.length > SHOWN) rows.push(['others', rate - shown]);
    this.end = Math.max(this.end, this.step * Math.ceil((Math.abs(cost) + rate) / this.step));
    this.rateEnd = Math.max(
      this.rateEnd,
      LEAST_RATE * Math.ceil(Math.max(...rows.map(([, nats]) => nats)) / LEAST_RATE),
    );
    const terms = [
      term('', 'd', 'distortion', cost),
      term('+ ', 'r', 'rate', rate),
      term('= ', '', 'negative ELBO', cost + rate, ' nats'),
    ];
    this.node.replaceChildren(
      el('div', { class: 'terms' }, terms),
      bar(this.end, ['d', cost], ['r', rate]),
      ...rows.map((row) => rateRow(row, this.rateEnd)),
    );
  }
}

/**
 * The function from a code to its mean distortion; a slow decoder is asked less often while the hand draws.
 *
 * @param {Decoder} vae
 * @param {Pick<Model, 'spec' | 'pixel_std'>} data
 */
function meanDistortion({ latent, likelihood, decode, shape }, { spec, pixel_std: pixelStd }) {
  const slow = spec.decoder.some(({ kind }) => kind.endsWith('conv'));
  const places = placesOf(shape);
  const few = noises(latent, slow ? FEW_OF_SLOW : FEW);
  const many = noises(latent, MANY);
  /** @param {Code} code */
  return ({ x, mu, logvar, final }) => {
    /** @param {Float32Array} epsilon */
    const cost = (epsilon) =>
      distortion(decode(mu.map((m, i) => m + Math.exp(logvar[i] / 2) * epsilon[i])), x, likelihood, pixelStd, places);
    const costs = (final ? many : few).map(cost);
    return sum(costs) / costs.length;
  };
}

/**
 * {node, show}: `show` shows the ELBO of a code, or of null, at the next frame: codes and pictures come first.
 *
 * @param {Decoder} vae
 * @param {Model} data
 */
export function meter(vae, data) {
  const bars = new Bars(stepOf(vae.likelihood));
  const costOf = meanDistortion(vae, data);
  /** @type {Code | null} */
  let code = null;
  const draw = coalesce(() => {
    if (code) bars.show(costOf(code), rates(code.mu, code.logvar), code.final);
    else bars.clear();
  });
  /** @param {Code | null} latest */
  const show = (latest) => {
    code = latest;
    draw();
  };
  const { words, signed } = LIKELIHOODS[vae.likelihood];
  const hint =
    `Of this one ${noun(vae.shape)}. Distortion: ${words}${signed ? ' (hatched)' : ''}. ` +
    'Rate: KL(q(z|x) ‖ p(z)), in all and by dimension.';
  return { node: el('div', { class: 'meter' }, bars.node, el('p', { class: 'hint' }, hint)), show };
}
