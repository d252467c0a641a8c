// The ELBO of one image as bars: distortion, rate, and the rate of the dimensions that carry most of it.
import { distortion } from '../core/likelihood.js';
import { rates } from '../core/prior.js';
import { el, fixed, symbol } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';

const SHOWN = 8;
const MANY = 32; // pairs of noises while the hand rests
const FEW = 4; // while it draws
const FEW_OF_SLOW = 2;
const DENSITY = '−log p(x|z), a density: it may be negative (hatched)';
const MEANINGS = {
  grayscale: 'the cross-entropy of the grey pixels; even a perfect x̂ costs their own entropy',
  bernoulli: '−log p(x|z), the grey pixels taken as probabilities',
  gaussian: DENSITY,
  'continuous-bernoulli': DENSITY,
};

const sum = (values) => values.reduce((a, b) => a + b, 0);
const odd = (n) => n && (n & 1) ^ odd(n >> 1);

/**
 * Fixed ε for means over N(0, I): antithetic pairs of ±1, rows of a Walsh matrix, for instance 4 pairs. They have its
 * mean and variances and, up to as many dimensions as pairs, its covariances: a few do for many draws, without jitter.
 */
export function noises(latent, most) {
  const pairs = Math.min(most, 2 ** Math.ceil(Math.log2(latent)));
  const sign = (i, k) => (odd(i & (k >> 1)) === (k & 1) ? 1 : -1);
  return Array.from({ length: 2 * pairs }, (_, k) => Float32Array.from({ length: latent }, (_, i) => sign(i, k)));
}

// Of the largest values as many as are shown, in their order.
function largest(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  return order.slice(0, SHOWN).sort((a, b) => a - b);
}

// A bar of parts [kind, value] on a scale from 0 to `end` nats; what is negative is hatched.
function bar(end, ...parts) {
  const segment = ([kind, value]) => {
    const width = `width: ${(100 * Math.abs(value)) / end}%`;
    return el('i', { class: value < 0 ? `${kind} minus` : kind, style: width });
  };
  return el('div', { class: 'bar', 'data-end': `${end} nats` }, parts.map(segment));
}

const term = (sign, kind, name, value, unit = '') =>
  el('span', {}, sign, el('span', { class: kind }, `${name} `, el('b', { class: 'number' }, fixed(value, 1)), unit));

function rateRow([name, value], end) {
  const number = el('span', { class: 'number' }, fixed(value));
  return el('div', { class: 'rate' }, el('b', {}, name), bar(end, ['r', value]), number);
}

/** The bars of one image; the ends of both scales only grow while it is drawn, so that the bars do not jump about. */
class Bars {
  constructor() {
    this.node = el('div');
    this.clear();
  }

  clear() {
    this.node.replaceChildren();
    this.end = 50;
    this.rateEnd = 5;
    this.top = null;
  }

  /** Show a distortion and the rates of all dimensions. Which of them are shown changes only when the hand rests. */
  show(cost, each, final) {
    if (final || !this.top) this.top = largest(each);
    const rate = sum(each);
    const rows = this.top.map((i) => [symbol('z', i), each[i]]);
    if (each.length > SHOWN) rows.push(['others', rate - sum(this.top.map((i) => each[i]))]);
    this.end = Math.max(this.end, 50 * Math.ceil((Math.abs(cost) + rate) / 50));
    this.rateEnd = Math.max(this.rateEnd, 5 * Math.ceil(Math.max(...rows.map(([, value]) => value)) / 5));
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

// The function from a code to its mean distortion; a slow decoder is asked less often while the hand draws.
function meanDistortion({ latent, likelihood, decode }, { spec, pixel_std: pixelStd }) {
  const slow = spec.decoder.some(({ kind }) => kind === 'conv');
  const few = noises(latent, slow ? FEW_OF_SLOW : FEW);
  const many = noises(latent, MANY);
  return ({ x, mu, logvar, final }) => {
    const cost = (epsilon) =>
      distortion(decode(mu.map((m, i) => m + Math.exp(logvar[i] / 2) * epsilon[i])), x, likelihood, pixelStd);
    const costs = (final ? many : few).map(cost);
    return sum(costs) / costs.length;
  };
}

/** {node, show}: `show` shows the ELBO of a code, or of null, at the next frame: codes and pictures come first. */
export function meter(vae, data) {
  const bars = new Bars();
  const costOf = meanDistortion(vae, data);
  let code = null;
  const draw = coalesce(() => {
    if (code) bars.show(costOf(code), rates(code.mu, code.logvar), code.final);
    else bars.clear();
  });
  const show = (latest) => {
    code = latest;
    draw();
  };
  const words =
    `Of this one image. Distortion: ${MEANINGS[vae.likelihood]}. ` +
    'Rate: KL(q(z|x) ‖ p(z)), in all and by dimension.';
  return { node: el('div', { class: 'meter' }, bars.node, el('p', { class: 'hint' }, words)), show };
}
