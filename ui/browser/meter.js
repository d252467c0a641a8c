// The ELBO of one image as bars: distortion, rate, and the rate of the dimensions that carry most of it.
import { coalesce, el, fixed, symbol } from './dom.js';
import { distortion, rates } from './elbo.js';

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
  const pairs = Math.min(most, 2 ** Math.ceil(Math.log2(latent))), sign = (i, k) => (odd(i & (k >> 1)) === (k & 1) ? 1 : -1);
  return Array.from({ length: 2 * pairs }, (_, k) => Float32Array.from({ length: latent }, (_, i) => sign(i, k)));
}

// Makes bars on one scale that only grows, so that they do not jump about; what is negative is hatched.
function ruler(step) {
  let end = step;
  return (...parts) => {
    end = Math.max(end, step * Math.ceil(sum(parts.map(([, value]) => Math.abs(value))) / step));
    const part = ([kind, value]) => el('i', { class: value < 0 ? `${kind} minus` : kind, style: `width: ${(100 * Math.abs(value)) / end}%` });
    return el('div', { class: 'bar', 'data-end': `${end} nats` }, parts.map(part));
  };
}

const term = (sign, kind, name, value, unit = '') =>
  el('span', {}, sign, el('span', { class: kind }, `${name} `, el('b', { class: 'number' }, fixed(value, 1)), unit));

function bars(cost, each, top, [whole, single]) {
  const rate = sum(each), rows = top.map((i) => [symbol('z', i), each[i]]);
  if (each.length > SHOWN) rows.push(['others', rate - sum(top.map((i) => each[i]))]);
  const row = ([name, value]) => el('div', { class: 'rate' }, el('b', {}, name), single(['r', value]), el('span', { class: 'number' }, fixed(value)));
  return [el('div', { class: 'terms' }, term('', 'd', 'distortion', cost), term('+ ', 'r', 'rate', rate), term('= ', '', 'negative ELBO', cost + rate, ' nats')),
    whole(['d', cost], ['r', rate]), ...rows.map(row)];
}

/** {node, show}: `show(code)` shows the ELBO of {x, mu, logvar, final} at the next frame, because codes and pictures come first; or of none. */
export function meter({ latent, likelihood, decode }, { spec, pixel_std: pixelStd }) {
  const epsilons = noises(latent, spec.decoder.some(({ kind }) => kind === 'conv') ? 2 : 4), content = el('div');
  let code, rulers, top;
  const draw = coalesce(() => {
    if (!code) return content.replaceChildren();
    const { x, mu, logvar, final } = code, each = rates(mu, logvar);
    const costs = epsilons.map((epsilon) => distortion(decode(mu.map((m, i) => m + Math.exp(logvar[i] / 2) * epsilon[i])), x, likelihood, pixelStd));
    // Which dimensions are shown changes only when the hand rests.
    if (final || !top) top = each.map((_, i) => i).sort((a, b) => each[b] - each[a]).slice(0, SHOWN).sort((a, b) => a - b);
    content.replaceChildren(...bars(sum(costs) / costs.length, each, top, rulers));
  });
  const show = (latest) => {
    if (!code) {
      rulers = [ruler(50), ruler(5)];
      top = null;
    }
    code = latest;
    draw();
  };
  const words = `Of this one image. Distortion: ${MEANINGS[likelihood]}. Rate: KL(q(z|x) ‖ p(z)), in all and by dimension.`;
  return { node: el('div', { class: 'meter' }, content, el('p', { class: 'hint' }, words)), show };
}
