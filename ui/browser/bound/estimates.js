// KL and ELBO: three ways to compute the KL of one image's posterior; Monte Carlo runs from 1 to 100,000 draws.
import { Plot } from '../kit/axes.js';
import { coalesce, wantsStillness } from '../kit/frames.js';
import { el, fixed } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { rates } from '../core/prior.js';
import { normals } from '../core/prior.js';
import { ratioDeviation, ratioSampler, sufficientStatistics } from '../core/bounds.js';
import { conversation, loadStore } from '../state/store.js';

const MOST = 100000,
  RUN_MS = 2500,
  REST_MS = 300;
// About twenty places to each factor of ten.
const PLACES = [...new Set(Array.from({ length: 101 }, (_, i) => Math.round(10 ** (i / 20))))];
const sum = (values) => values.reduce((a, b) => a + b, 0);
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** A small number as a power of ten. */
function scientific(value) {
  if (!value) return '0';
  const [digits, power] = value.toExponential(1).split('e');
  return `${digits} · 10${String(+power)
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit])}`;
}

const digitsFor = (error) => Math.min(5, Math.max(2, 1 - Math.floor(Math.log10(error || 1))));

/** The three numbers of one posterior, and the Monte Carlo estimate as it runs. */
class Estimates {
  constructor(data, store) {
    const { symbols } = data;
    Object.assign(this, { store, symbols, path: [], at: PLACES.length - 1, normal: normals() });
    const card = (name, words) => {
      const number = el('output', { class: 'number' }),
        note = el('span', { class: 'hint' });
      return {
        node: el('div', {}, el('h4', {}, name), number, note),
        show: (value, more = words) => ([number.textContent, note.textContent] = [value, more]),
      };
    };
    this.cards = [card('1. Closed form', 'nats, exact'), card('2. Analytic expectation'), card('3. Monte Carlo')];
    const range = { type: 'range', min: 0, max: PLACES.length - 1, value: this.at };
    this.slider = el('input', { ...range, 'aria-label': 'N, Monte Carlo draws', oninput: () => this.choose() });
    this.soon = coalesce(() => this.show());
    const against = (name) => ({ logX: true, names: ['N draws', name] });
    this.running = new Plot(
      'The Monte Carlo estimate against N, with one standard error',
      (plot) => this.estimate(plot),
      against('KL, nats'),
    );
    this.errors = new Plot('The error against N, both axes logarithmic', (plot) => this.error(plot), {
      ...against('error, nats'),
      logY: true,
    });
    const figure = (plot, words) => el('figure', {}, plot.node, el('figcaption', { class: 'hint' }, words));
    this.root = el(
      'div',
      { class: 'estimates', style: `--r: ${symbols.z}` },
      el(
        'div',
        { class: 'three' },
        this.cards.map(({ node }) => node),
      ),
      el(
        'div',
        { class: 'draws' },
        el('label', {}, el('b'), this.slider),
        el('button', { onclick: () => this.begin() }, 'Draw again'),
      ),
      el(
        'div',
        { class: 'two' },
        figure(this.running, 'The estimate and one standard error to each side; dashed: the closed form.'),
        figure(
          this.errors,
          'How far it is off. Edge of the band: its standard error, along 1/√N. A hundred times the draws, a tenth of the error.',
        ),
      ),
    );
  }

  follow() {
    const { posterior } = this.store;
    if (!posterior || posterior === this.posterior) return;
    const { mu, logvar } = posterior,
      first = sum(rates(mu, logvar)),
      second = sum(sufficientStatistics(mu, logvar));
    Object.assign(this, { posterior, exact: first, deviation: Math.max(1e-9, ratioDeviation(mu, logvar)), path: [] });
    this.cards[0].show(fixed(first, 5));
    this.cards[1].show(fixed(second, 5), `nats; differs by ${scientific(Math.abs(second - first))}: rounding`);
    clearTimeout(this.timer);
    this.halt();
    this.timer = setTimeout(() => this.begin(), REST_MS); // not at every point of a stroke
    this.soon();
  }

  choose() {
    [this.at, this.chosen] = [+this.slider.value, true];
    this.show();
  }

  halt() {
    cancelAnimationFrame(this.frame);
  }

  /** Draw anew, ever faster: N grows by the same factor in the same time. */
  begin() {
    if (!this.posterior) return;
    const { mu, logvar } = this.posterior,
      draw = ratioSampler(mu, logvar, this.normal),
      began = performance.now();
    let count = 0,
      total = 0,
      squares = 0;
    this.halt();
    Object.assign(this, { path: [], chosen: false });
    const step = (now) => {
      const place = wantsStillness()
        ? PLACES.length
        : Math.ceil(Math.max(0.01, (now - began) / RUN_MS) * PLACES.length);
      for (const end of PLACES.slice(this.path.length, place)) {
        for (; count < end; count++) {
          const off = draw() - this.exact; // small, so that squares lose no digits
          total += off;
          squares += off * off;
        }
        const mean = total / count,
          variance = (squares - count * mean * mean) / (count - 1);
        this.path.push({ n: count, off: mean, error: Math.sqrt(Math.max(0, variance) / count) });
      }
      if (!this.chosen) this.at = this.slider.value = this.path.length - 1;
      if (count < MOST) this.frame = requestAnimationFrame(step);
      this.show();
    };
    this.frame = requestAnimationFrame(step);
  }

  get seen() {
    return this.path[Math.min(this.at, this.path.length - 1)];
  }

  show() {
    const { seen, exact, slider, root } = this;
    slider.previousSibling.textContent = `N = ${grouped(PLACES[this.at])}`;
    slider.ariaValueText = `N = ${grouped(PLACES[this.at])} draws`;
    if (seen) {
      const known = Number.isFinite(seen.error),
        digits = digitsFor(seen.error);
      this.cards[2].show(
        `${fixed(exact + seen.off, digits)} ± ${known ? fixed(seen.error, digits) : '?'}`,
        known
          ? `nats; off by ${fixed(Math.abs(seen.off / seen.error), 1)} standard errors`
          : 'nats; one draw tells no error',
      );
    } else this.cards[2].show('…', 'nats');
    Object.assign(root.dataset, { draws: this.path.at(-1)?.n ?? 0 });
    this.running.redraw();
    this.errors.redraw();
  }

  cursor(plot, y) {
    if (this.seen)
      plot.line(
        [
          [this.seen.n, y[0]],
          [this.seen.n, y[1]],
        ],
        { width: 1.5, alpha: 0.7, dash: [2, 3] },
      );
  }

  estimate(plot) {
    if (!this.posterior) return;
    const {
        exact,
        deviation,
        path,
        symbols: { z: colour },
      } = this,
      y = [exact - 2 * deviation, exact + 2 * deviation];
    const edge = (side) =>
      path.filter(({ error }) => Number.isFinite(error)).map(({ n, off, error }) => [n, exact + off + side * error]);
    plot.frame([1, MOST], y);
    plot.area(edge(1), edge(-1), { colour, alpha: 0.25 });
    plot.line(
      [
        [1, exact],
        [MOST, exact],
      ],
      { dash: [6, 5], alpha: 0.8 },
    );
    plot.line(
      path.map(({ n, off }) => [n, exact + off]),
      { colour, width: 2.5 },
    );
    this.cursor(plot, y);
  }

  error(plot) {
    if (!this.posterior) return;
    const {
        deviation,
        path,
        symbols: { z: colour },
      } = this,
      y = [deviation * 10 ** -3.7, deviation * 10 ** 0.5],
      firm = path.filter(({ error }) => error > 0);
    plot.frame([1, MOST], y);
    plot.area(
      firm.map(({ n, error }) => [n, error]),
      firm.map(({ n }) => [n, y[0]]),
      { colour, alpha: 0.2 },
    );
    plot.line(
      [
        [1, deviation],
        [MOST, deviation / Math.sqrt(MOST)],
      ],
      { dash: [6, 5], alpha: 0.8 },
    );
    plot.line(
      path.map(({ n, off }) => [n, Math.max(Math.abs(off), y[0] / 2)]),
      { colour, width: 2 },
    );
    plot.words('1/√N', 30, deviation / Math.sqrt(30), { dx: 10, dy: -14, weight: 600 });
    this.cursor(plot, y);
  }

  stop() {
    clearTimeout(this.timer);
    this.halt();
    this.running.stop();
    this.errors.stop();
  }
}

async function build({ data }) {
  const store = await loadStore(data),
    estimates = new Estimates(data, store),
    { hear, stop } = conversation(store);
  const chooser = data.chooser && (await (await import('../state/subject.js')).subject(store, data)),
    unsubscribe = store.subscribe(() => estimates.follow());
  const nodes = chooser ? [chooser.node, estimates.root] : [estimates.root];
  const update = (component) => (hear(component), estimates.follow(), estimates.soon());
  return { nodes, update, stop: () => (stop(), unsubscribe(), chooser?.stop(), estimates.stop()) };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
