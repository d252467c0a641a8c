// KL and ELBO: the bound of one image. Its distortion and rate as bars, and how K importance samples tighten it, as you watch.
import { Plot, roundStep } from '../kit/axes.js';
import { coalesce } from '../kit/frames.js';
import { drawPixels } from '../kit/sample.js';
import { el, fixed, picture, symbol } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { rates } from '../core/prior.js';
import { pixelEntropy, repeatedBound, runningBound, summary } from '../core/bounds.js';
import { conversation, loadStore } from '../state/store.js';
import { subject } from '../state/subject.js';
import { loadTable } from '../work/load.js';

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const FIRST = 6,
  REPEATS = 12,
  LEAST = 1000; // so many draws make even K = 1 exact enough
const DENSITY = 'The likelihood is a density: −log p(x|z), and so the bound, may be negative (hatched).';
const LIKELIHOODS = {
  grayscale:
    'This model compares grey pixels by their cross-entropy, which is the probability of no image. So “p(x|z)” stands here for ' +
    'exp(−cross-entropy): the arithmetic of the bound is the same. The mark is the floor, the pixels’ own entropy: no decoder can pay less.',
  bernoulli:
    'This model’s pixels are black or white; grey ones are taken as probabilities. The mark is their own entropy, which no decoder can undercut.',
  gaussian: DENSITY,
  'continuous-bernoulli': DENSITY,
};
const sum = (values) => values.reduce((a, b) => a + b, 0);
const number = (words) => el('b', { class: 'number' }, words);
const sub = (K) => String(K).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[digit]);
const plusMinus = ({ mean, error }, digits = 2) =>
  `${fixed(mean, digits)} ± ${Number.isFinite(error) ? fixed(error, digits) : '?'}`;
const nearestStep = (samples) =>
  STEPS.reduce(
    (best, K, i) => (Math.abs(Math.log(K / samples)) < Math.abs(Math.log(STEPS[best] / samples)) ? i : best),
    0,
  );

/** Bars on one scale in nats, which only grows, so that they do not jump about: [kind, value] one after the other. */
function scale(step) {
  let end = step;
  return (total, ...parts) => {
    end = Math.max(end, step * Math.ceil(Math.abs(total) / step));
    const width = (value) => `${(100 * Math.abs(value)) / end}%`;
    return {
      end,
      nodes: parts.map(([kind, value]) =>
        el('i', { class: value < 0 ? `${kind} minus` : kind, style: `width: ${width(value)}` }),
      ),
      width,
    };
  };
}

/** What is drawn of one image's posterior, and how it is shown. */
class Bound {
  constructor(data, store, tensors) {
    const { vae } = store;
    Object.assign(this, { data, store, vae, id: 0, floor: 0, whole: scale(50), single: scale(1) });
    this.worker = new Worker(new URL('../work/sampling.worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data: part }) => part.id === this.id && this.receive(part);
    this.worker.onerror = () => (this.said.textContent = 'Nothing can be drawn here; reload the page.');
    this.worker.postMessage({ spec: data.spec, tensors, pixelStd: data.pixel_std });
    this.soon = coalesce(() => this.show());
    this.furnish();
    this.empty();
  }

  furnish() {
    const {
        symbols,
        spec: { likelihood },
      } = this.data,
      { latent } = this.vae;
    const [terms, whole, best, floor] = ['terms', 'bar', 'bar', 'floor'].map((name) => el('div', { class: name }));
    this.parts = { terms, whole, best, floor };
    this.image = picture('The reconstruction, decoded from μ');
    this.name = number('');
    this.said = el('output', { 'aria-live': 'polite' });
    const [oninput, onchange] = [false, true].map((final) => () => this.choose(final));
    this.slider = el('input', {
      type: 'range',
      min: 0,
      max: STEPS.length - 1,
      'aria-label': 'K, importance samples',
      oninput,
      onchange,
    });
    this.plot = new Plot('The bound against K', (plot) => this.curve(plot), {
      logX: true,
      names: ['K, importance samples', 'nats'],
    });
    this.rows = Array.from({ length: latent }, () =>
      el('div', { class: 'rate' }, el('b'), el('div', { class: 'bar' }), el('span', { class: 'number' })),
    );
    const hint = el('p', { class: 'hint' }, LIKELIHOODS[likelihood]);
    const tighten = el(
      'div',
      { class: 'tighten' },
      el('h4', {}, 'K samples instead of one'),
      el('label', {}, el('b'), this.slider),
      this.said,
      this.plot.node,
      el(
        'div',
        { class: 'buttons' },
        el('button', { onclick: () => this.again() }, 'Draw again'),
        (this.count = el('span', { class: 'hint' })),
      ),
    );
    const shares = el(
      'div',
      { class: 'shares' },
      el('h4', {}, 'Rate by dimension, nats'),
      el('div', { style: `--n: ${Math.ceil(latent / 2)}` }, this.rows),
    );
    this.root = el(
      'div',
      { class: 'bound', style: `--d: ${symbols.x_hat}; --r: ${symbols.z}` },
      el(
        'figure',
        {},
        el('b', { style: `color: ${symbols.x_hat}` }, 'x̂'),
        this.image,
        el('figcaption', { class: 'hint' }, 'decoded from μ'),
      ),
      el('div', { class: 'lanes' }, terms, number('−ELBO'), whole, this.name, best, floor, hint),
      tighten,
      shares,
    );
  }

  get K() {
    return STEPS[this.step];
  }

  choose(final) {
    const { store, slider } = this;
    store.view = { ...store.view, samples: +slider.value === FIRST ? '' : String(STEPS[slider.value]) };
    store.changed(final);
  }

  empty() {
    Object.assign(this, { costs: [], weights: [], asked: 0, found: null, groups: STEPS.map(() => []) });
  }

  again() {
    this.empty();
    this.want();
  }

  follow(final) {
    const {
        posterior,
        view: { samples },
      } = this.store,
      step = samples ? nearestStep(Math.max(1, samples)) : FIRST;
    if (!posterior?.x) return;
    if (posterior !== this.posterior) this.look(posterior, final);
    if (step !== this.step) [this.step, this.slider.value] = [step, step];
    this.want();
    this.soon();
  }

  /** Another image, or another state of a drawing. */
  look(posterior, final) {
    const { mu, logvar, x, index } = posterior,
      each = rates(mu, logvar);
    this.empty();
    Object.assign(this, { posterior, each, rate: sum(each), floor: pixelEntropy(x) });
    // The order changes only when the hand rests.
    if (final || index != null || !this.order) this.order = each.map((_, i) => i).sort((a, b) => each[b] - each[a]);
    drawPixels(this.image, this.vae.mean(mu), this.vae.shape);
    this.order.forEach((dimension, place) => {
      const [name, bar, number] = this.rows[place].children,
        { nodes } = this.single(Math.max(...each), ['r', each[dimension]]);
      [name.textContent, number.textContent] = [symbol('z', dimension), fixed(each[dimension])];
      bar.replaceChildren(...nodes);
    });
  }

  /** Ask for as many draws as K needs. */
  want() {
    const { x, mu, logvar } = this.posterior,
      wanted = Math.max(LEAST, REPEATS * this.K),
      { length } = this.weights;
    if (this.asked >= wanted) return;
    this.asked = wanted;
    this.worker.postMessage({ id: ++this.id, x, mu, logvar, count: wanted - length });
  }

  receive({ costs, weights }) {
    this.costs.push(...costs);
    this.weights.push(...weights);
    this.found = null;
    this.soon();
  }

  /** All that is known by now: the ELBO with its rate in closed form, and the bounds of more samples. */
  measure() {
    const { costs, weights, rate, K } = this,
      cost = summary(costs),
      count = costs.length;
    const elbo = { ...cost, mean: -cost.mean - rate, K: 1 };
    const bounds = STEPS.map(
      (k, i) => k > 1 && k <= K && k <= count && { ...repeatedBound(weights, k, this.groups[i]), K: k },
    ).filter(Boolean);
    // The draw under way, of K samples, from one to as many as there are.
    const run = Array.from(runningBound(weights, Math.floor((count - 1) / K) * K, count), (value, k) => [k + 1, value]);
    return { cost, elbo, bounds, run, best: [elbo, ...bounds].at(-1), repeats: Math.floor(count / K) };
  }

  show() {
    const { costs, root, K, step, asked } = this;
    if (!this.posterior || !costs.length || !root.isConnected) return;
    if (this.found?.step !== step) this.found = { ...this.measure(), step };
    this.bars();
    const { best, repeats } = this.found,
      done = costs.length >= asked,
      draws = `${repeats} ${repeats === 1 ? 'draw' : 'draws'} of ${K} samples`;
    this.slider.ariaValueText = this.slider.previousSibling.textContent = `K = ${K}`;
    const bound = el('strong', { class: 'number' }, `log p(x) ≥ L${sub(best.K)} = ${plusMinus(best)} nats`);
    this.said.replaceChildren(bound, el('span', { class: 'hint' }, this.verdict));
    this.count.textContent = `Mean of ${draws}${done ? '' : ' so far'}, one standard error to each side; thin: the last draw.`;
    this.said.ariaBusy = !done; // spoken once, at the end
    Object.assign(root.dataset, { draws: costs.length, done });
    this.plot.redraw();
  }

  get verdict() {
    const { best, elbo } = this.found,
      gain = best.mean - elbo.mean;
    if (best.K === 1) return 'One sample: this is the ELBO.';
    if (gain < Math.hypot(best.error || 0, elbo.error))
      return 'Not yet told apart from the ELBO: the gap is smaller than the error.';
    return `The best lower bound found here, ${fixed(gain)} nats above the ELBO. All that the ELBO lacks, KL(q(z|x) ‖ p(z|x)), is at least about that.`;
  }

  bars() {
    const { cost, elbo, best } = this.found,
      { rate, floor, parts, name } = this,
      { likelihood } = this.data.spec,
      gap = best.mean - elbo.mean;
    const term = (sign, kind, words, value, unit = '') =>
      el('span', {}, sign, el('span', { class: kind }, `${words} `, number(fixed(value)), unit));
    // Rounded first, so that the terms add up as they stand.
    const [d, r] = [cost.mean, rate].map((value) => Math.round(100 * value) / 100);
    parts.terms.replaceChildren(
      term('', 'd', 'distortion', d),
      term('+ ', 'r', 'rate', r),
      term('= ', '', 'negative ELBO', d + r, ' nats'),
    );
    const whole = this.whole(cost.mean + rate, ['d', cost.mean], ['r', rate]),
      positive = best.mean < 0 && gap > 0;
    parts.whole.replaceChildren(...whole.nodes);
    parts.best.replaceChildren(
      ...this.whole(best.mean, ['best', -best.mean], ...(positive ? [['gap', gap]] : [])).nodes,
    );
    name.textContent = `−L${sub(best.K)}`;
    const marked = floor > 0 && ['grayscale', 'bernoulli'].includes(likelihood);
    const mark = marked
      ? [el('i', { style: `left: ${whole.width(floor)}` }), el('span', {}, `floor ${fixed(floor, 1)}`)]
      : [el('span')];
    parts.floor.replaceChildren(...mark, el('span', {}, `${whole.end} nats`));
  }

  curve(plot) {
    const { found } = this;
    if (!found) return;
    const { elbo, bounds, run, best } = found,
      all = [elbo, ...bounds],
      end = STEPS.at(-1);
    const highest = Math.max(...all.map(({ mean }) => mean)),
      span = Math.max(highest - elbo.mean, 0.4),
      size = roundStep(span, 4);
    const low = Math.floor((elbo.mean - 0.25 * span) / size) * size,
      high = Math.ceil((highest + 0.4 * span) / size) * size;
    const firm = all.filter(({ error }) => Number.isFinite(error));
    plot.frame([1, end], [low, high]);
    plot.area(
      [
        [1, high],
        [end, high],
      ],
      [
        [1, best.mean],
        [end, best.mean],
      ],
      { hatched: true, alpha: 0.16, width: 1.5 },
    );
    plot.line(
      [
        [1, elbo.mean],
        [end, elbo.mean],
      ],
      { dash: [6, 5], alpha: 0.8 },
    );
    plot.line(run, { width: 1, alpha: 0.7 });
    plot.area(
      firm.map(({ K, mean, error }) => [K, mean + error]),
      firm.map(({ K, mean, error }) => [K, mean - error]),
      { alpha: 0.2 },
    );
    plot.line(
      all.map(({ K, mean }) => [K, mean]),
      { width: 3 },
    );
    for (const { K, mean } of all) plot.spot(K, mean, 4.5, {});
    plot.line(
      [
        [best.K, best.mean],
        [end, best.mean],
      ],
      { width: 2, dash: [2, 4] },
    );
    plot.words('log p(x) is up here', end, high, { dx: -8, dy: 16, align: 'right', weight: 600 });
    plot.words('ELBO', end, elbo.mean, { dx: -8, dy: 14, align: 'right', weight: 600 });
  }

  stop() {
    this.worker.terminate();
    this.plot.stop();
  }
}

async function build({ data }) {
  const store = await loadStore(data),
    chooser = await subject(store, data),
    { hear, stop } = conversation(store);
  const bound = new Bound(data, store, await loadTable(data.weights));
  const unsubscribe = store.subscribe((final) => bound.follow(final));
  const update = (component) => (hear(component), bound.follow(true));
  return {
    nodes: [chooser.node, bound.root],
    update,
    stop: () => (stop(), unsubscribe(), chooser.stop(), bound.stop()),
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
