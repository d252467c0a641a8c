// The ELBO of one image as bars: distortion, rate, and the rate of the dimensions that carry most of it.
import { coalesce } from '../kit/frames.js';
import { el, fixed, symbol } from '../kit/elements.js';
import { distortion } from '../core/likelihood.js';
import { rates } from '../core/prior.js';

const SHOWN = 8;
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
 * Fixed ε for means over N(0, I): antithetic pairs of ±1, rows of a Walsh matrix, for instance 4 pairs. They have its mean and variances
 * and, up to as many dimensions as pairs, its covariances: a few do for many draws, without jitter.
 */
export function noises(latent, most) {
  const pairs = Math.min(most, 2 ** Math.ceil(Math.log2(latent))),
    sign = (i, k) => (odd(i & (k >> 1)) === (k & 1) ? 1 : -1);
  return Array.from({ length: 2 * pairs }, (_, k) => Float32Array.from({ length: latent }, (_, i) => sign(i, k)));
}

// A bar of parts [kind, value] on a scale from 0 to `end` nats; what is negative is hatched.
const bar = (end, ...parts) =>
  el(
    'div',
    { class: 'bar', 'data-end': `${end} nats` },
    parts.map(([kind, value]) =>
      el('i', { class: value < 0 ? `${kind} minus` : kind, style: `width: ${(100 * Math.abs(value)) / end}%` }),
    ),
  );

const term = (sign, kind, name, value, unit = '') =>
  el('span', {}, sign, el('span', { class: kind }, `${name} `, el('b', { class: 'number' }, fixed(value, 1)), unit));

// `ends` of the two scales only grow, so that the bars do not jump about.
function bars(cost, each, top, ends) {
  const rate = sum(each),
    rows = top.map((i) => [symbol('z', i), each[i]]);
  if (each.length > SHOWN) rows.push(['others', rate - sum(top.map((i) => each[i]))]);
  const grow = (k, step, length) => (ends[k] = Math.max(ends[k], step * Math.ceil(length / step)));
  const whole = grow(0, 50, Math.abs(cost) + rate),
    single = grow(1, 5, Math.max(...rows.map(([, value]) => value)));
  const row = ([name, value]) =>
    el(
      'div',
      { class: 'rate' },
      el('b', {}, name),
      bar(single, ['r', value]),
      el('span', { class: 'number' }, fixed(value)),
    );
  const terms = [
    term('', 'd', 'distortion', cost),
    term('+ ', 'r', 'rate', rate),
    term('= ', '', 'negative ELBO', cost + rate, ' nats'),
  ];
  return [el('div', { class: 'terms' }, terms), bar(whole, ['d', cost], ['r', rate]), ...rows.map(row)];
}

/** {node, show}: `show(code)` shows the ELBO of {x, mu, logvar, final}, or of nothing; at the next frame: codes and pictures come first. */
export function meter({ latent, likelihood, decode }, { spec, pixel_std: pixelStd }) {
  const few = noises(latent, spec.decoder.some(({ kind }) => kind === 'conv') ? 2 : 4),
    many = noises(latent, 32),
    content = el('div');
  let code, ends, top;
  const draw = coalesce(() => {
    if (!code) return content.replaceChildren();
    const { x, mu, logvar, final } = code,
      each = rates(mu, logvar),
      epsilons = final ? many : few;
    const costs = epsilons.map((epsilon) =>
      distortion(decode(mu.map((m, i) => m + Math.exp(logvar[i] / 2) * epsilon[i])), x, likelihood, pixelStd),
    );
    // Which dimensions are shown changes only when the hand rests.
    if (final || !ends)
      top = each
        .map((_, i) => i)
        .sort((a, b) => each[b] - each[a])
        .slice(0, SHOWN)
        .sort((a, b) => a - b);
    content.replaceChildren(...bars(sum(costs) / costs.length, each, top, (ends ??= [50, 5])));
  });
  const show = (latest) => {
    if (!latest) ends = null;
    code = latest;
    draw();
  };
  const words = `Of this one image. Distortion: ${MEANINGS[likelihood]}. Rate: KL(q(z|x) ‖ p(z)), in all and by dimension.`;
  return { node: el('div', { class: 'meter' }, content, el('p', { class: 'hint' }, words)), show };
}
