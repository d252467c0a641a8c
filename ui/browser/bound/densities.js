// KL and ELBO: a playground with two Gaussians. Their densities, what the KL is the integral of, and the KL both ways.
import { Plot, roundStep } from '../kit/axes.js';
import { coalesce, travel } from '../kit/frames.js';
import { el, fixed } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { density, gaussianKl, integralKl, integrand } from '../core/bounds.js';

const REACH = 5,
  GLIDE_MS = 350; // both plots show −5 to 5
const LIMITS = { mu: [-2.5, 2.5], sigma: [0.25, 2.5] };
const PRESETS = {
  'q too narrow': [0, 0.4, 0, 1],
  'q too wide': [0, 2, 0, 1],
  shifted: [1.5, 1, 0, 1],
  'q = p': [0, 1, 0, 1],
};
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -99, End: 99 };
const NAMES = { mu: 'mean μ', sigma: 'standard deviation σ' };
const MARGINS = { left: 56, right: 14 };
const WAYS = [
  [
    'q',
    'p',
    'An average over q: it grows where q has mass and p has little. The rate of a VAE is this one, with q = q(z|x) and p = N(0, 1). ' +
      'Fitting q by it is called the reverse KL: q would rather be too narrow.',
  ],
  [
    'p',
    'q',
    'An average over p: it grows where p has mass and q has little. Fitting q by it is called the forward KL: q would rather be too wide.',
  ],
];
const GROUND = [
  [-REACH, 0],
  [REACH, 0],
];
const X = Array.from({ length: 401 }, (_, i) => -REACH + (2 * REACH * i) / 400);

const clamp = (kind, value) => Math.min(LIMITS[kind][1], Math.max(LIMITS[kind][0], value));

/** The two Gaussians and their handles. */
class Playground {
  constructor({ symbols }) {
    Object.assign(this, { symbols, way: 0, halt: () => undefined });
    this.soon = coalesce(() => this.show());
    this.above = new Plot('The densities of q and p', (plot) => this.densities(plot), {
      names: ['', 'density'],
      margins: { ...MARGINS, bottom: 8 },
    });
    this.below = new Plot('What the KL is the integral of', (plot) => this.integrand(plot), {
      names: ['z', ''],
      margins: MARGINS,
    });
    this.rails = { q: this.rail('q'), p: this.rail('p') };
    this.said = el('output', { class: 'hint', 'aria-live': 'polite' });
    [this.pairs, this.both] = [0, 1].map(() => el('div', { class: 'agree' }));
    this.switch = WAYS.map(([a, b], i) => {
      const input = el('input', {
        type: 'radio',
        name: 'way',
        checked: !i,
        onchange: () => ((this.way = i), this.soon()),
      });
      return { number: el('b', { class: 'number' }), node: el('label', {}, input, `KL(${a} ‖ ${b}) = `) };
    });
    for (const { node, number } of this.switch) node.append(number);
    const buttons = Object.entries(PRESETS).map(([name, values]) =>
      el('button', { onclick: () => this.glide(values) }, name),
    );
    this.root = el(
      'div',
      { class: 'densities', style: `--mu: ${symbols.mu}; --sigma: ${symbols.sigma}` },
      el('div', { class: 'buttons' }, buttons),
      el(
        'div',
        { class: 'segments', role: 'radiogroup', 'aria-label': 'Which KL' },
        this.switch.map(({ node }) => node),
      ),
      this.pairs,
      el('div', { class: 'stack' }, this.above.node, this.rails.q.node, this.rails.p.node, this.below.node),
      el('div', { class: 'words' }, this.both, this.said),
    );
    [this.q, this.p] = [
      { mu: 1, sigma: 0.6 },
      { mu: 0, sigma: 1 },
    ];
    this.soon();
  }

  /** A row under the densities with the two handles of one of them. */
  rail(which) {
    const bar = el('i'),
      knob = (kind) => {
        const [min, max] = LIMITS[kind],
          name = `${NAMES[kind]} of ${which}`;
        const hands = {
          onpointerdown: (event) => event.button || node.setPointerCapture(event.pointerId),
          onpointermove: (event) => node.hasPointerCapture(event.pointerId) && this.drag(event, which, kind),
          onkeydown: (event) => this.key(event, which, kind),
        };
        const node = el('span', {
          class: kind,
          role: 'slider',
          tabindex: 0,
          'aria-label': name,
          'aria-valuemin': min,
          'aria-valuemax': max,
          ...hands,
        });
        return node;
      };
    const knobs = { sigma: knob('sigma'), mu: knob('mu') },
      track = el('div', {}, bar, knobs.mu, knobs.sigma);
    return { node: el('div', { class: `rail ${which}` }, el('b', {}, which), track), bar, knobs, track };
  }

  set(which, kind, value) {
    this.halt();
    this[which][kind] = Math.round(100 * clamp(kind, value)) / 100;
    this.soon();
  }

  drag({ clientX }, which, kind) {
    const { left, width } = this.rails[which].track.getBoundingClientRect(),
      at = ((clientX - left) / width) * 2 * REACH - REACH;
    this.set(which, kind, kind === 'mu' ? at : at - this[which].mu);
  }

  key(event, which, kind) {
    const steps = KEYS[event.key];
    if (!steps) return;
    event.preventDefault();
    this.set(which, kind, this[which][kind] + (event.shiftKey ? 0.5 : 0.1) * steps);
  }

  glide(to) {
    const from = [this.q.mu, this.q.sigma, this.p.mu, this.p.sigma];
    this.halt();
    this.halt = travel(GLIDE_MS, (part) => {
      [this.q.mu, this.q.sigma, this.p.mu, this.p.sigma] = from.map((value, i) => value + part * (to[i] - value));
      this.soon();
    });
  }

  get pair() {
    return WAYS[this.way].slice(0, 2).map((name) => this[name]);
  }

  show() {
    for (const which of ['q', 'p']) {
      const { mu, sigma } = this[which],
        { bar, knobs } = this.rails[which],
        left = (z) => `${(100 * (z + REACH)) / (2 * REACH)}%`;
      bar.style = `left: ${left(mu - sigma)}; width: ${(100 * sigma) / REACH}%`;
      knobs.mu.style.left = left(mu);
      knobs.sigma.style.left = left(mu + sigma);
      for (const [kind, value] of Object.entries({ mu, sigma }))
        Object.assign(knobs[kind], { ariaValueNow: value.toFixed(2), ariaValueText: fixed(value) });
    }
    const [a, b, words] = WAYS[this.way],
      [first, second] = this.pair,
      closed = gaussianKl(first, second),
      integral = integralKl(first, second);
    const number = (value, digits, kind = '') => el('b', { class: `number ${kind}` }, fixed(value, digits));
    const named = (name) =>
      el('span', {}, `${name} = N(`, number(this[name].mu, 2, 'mu'), ', ', number(this[name].sigma, 2, 'sigma'), '²)');
    this.pairs.replaceChildren(named('q'), named('p'));
    WAYS.forEach(
      ([one, other], i) => (this.switch[i].number.textContent = fixed(gaussianKl(this[one], this[other]), 3)),
    );
    const computed = (name, value) => el('span', {}, `${name} `, number(value, 6), ' nats');
    this.both.replaceChildren(computed('closed form', closed), computed('area, by numerical integration', integral));
    Object.assign(this.root.dataset, { closed, integral });
    this.below.names[1] = `${a} · log(${a}/${b})`;
    if (this.said.textContent !== words) this.said.textContent = words;
    this.above.redraw();
    this.below.redraw();
  }

  densities(plot) {
    const { q, p } = this,
      curve = (gaussian) => X.map((z) => [z, density(z, gaussian)]);
    plot.frame([-REACH, REACH], [0, 1.12 * Math.max(0.5, density(q.mu, q), density(p.mu, p))]);
    plot.area(curve(q), GROUND, { alpha: 0.13 });
    plot.line(curve(p), { width: 3, dash: [8, 6] });
    plot.line(curve(q), { width: 3 });
    // Each name at the outer shoulder of its curve.
    const side = q.mu < p.mu ? -1 : 1;
    for (const [name, gaussian, out] of [
      ['q', q, side],
      ['p', p, -side],
    ]) {
      const z = gaussian.mu + 1.18 * out * gaussian.sigma;
      plot.words(name, z, density(z, gaussian), { dx: 18 * out, dy: -8, align: 'center', weight: 700 });
    }
  }

  integrand(plot) {
    const {
        symbols: { z: colour },
      } = this,
      curve = X.map((z) => [z, integrand(z, ...this.pair)]),
      values = curve.map(([, y]) => y);
    const part = (sign) => curve.map(([z, y]) => [z, sign * Math.max(0, sign * y)]),
      least = Math.min(-0.3, ...values),
      most = Math.max(0.5, ...values);
    const step = roundStep(most - least, 4);
    plot.frame([-REACH, REACH], [step * Math.floor(least / step), step * Math.ceil(most / step)]);
    plot.area(part(1), GROUND, { colour, alpha: 0.55 });
    plot.area(part(-1), GROUND, { colour, hatched: true, width: 2.5, alpha: 0.8 });
    plot.line(GROUND, { width: 1.5 });
    plot.line(curve, { colour, width: 2.5 });
  }

  stop() {
    this.halt();
    this.above.stop();
    this.below.stop();
  }
}

async function build({ data }) {
  const playground = new Playground(data);
  return { nodes: [playground.root], update: playground.soon, stop: () => playground.stop() };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
