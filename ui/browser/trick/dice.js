// One gradient of E_q[distortion], estimated from the same draws pathwise and by the score function: each draw, their mean and spread.
import { Plot } from '../kit/axes.js';
import { loadGradients } from '../work/backpropagation.js';
import { el, fixed, symbol } from '../kit/elements.js';
import { rates } from '../core/prior.js';
import { scoreFunction, summary } from '../core/gradients.js';
import { normal } from '../core/prior.js';

const DRAWS = 1000,
  FIRST = 100; // measured; averaged until the slider says otherwise
const WAIT_MS = 300; // a hand that draws an image is not done yet
const BINS = 121,
  WIDE = 2.6; // of a histogram; the axis, in standard deviations to each side
const NAMES = ['pathwise', 'score function', 'with a baseline'];
const COLUMNS = [
  'mean of the first N ± its standard error',
  'variance of one draw',
  '… against pathwise',
  'signal to noise at N',
];

const short = (value, error) => fixed(value, Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(error || 1)))));
const many = (value) => value.toLocaleString('en', { maximumSignificantDigits: 3 });

/** The estimates of the draws so far. */
class Draws {
  constructor() {
    Object.assign(this, { f: [], pathwise: [], scores: [] });
  }

  add(parts) {
    for (const { f, pathwise, scores } of parts)
      (this.f.push(f[0]), this.pathwise.push(pathwise), this.scores.push(scores));
  }

  /** Of number `k` of the gradient, μ first and then log σ²: the estimates of each estimator, their mean and variance. */
  columns(k) {
    const column = (rows) => Float64Array.from(rows, (row) => row[k]),
      scores = column(this.scores);
    return [column(this.pathwise), scoreFunction(this.f, scores), scoreFunction(this.f, scores, true)].map((values) => {
      const { mean, variance } = summary(values, 1);
      return { values, mean: mean[0], variance: variance[0] };
    });
  }
}

/** The part of the page; `look(seen)` says whether somebody sees it: nothing is drawn for nobody. */
export class Dice {
  constructor(data, store, root) {
    Object.assign(this, {
      data,
      store,
      root,
      latent: store.vae.latent,
      draws: new Draws(),
      seen: true,
      colours: data.gradients,
    });
    const { latent } = this,
      numbers = [...Array(latent).keys()],
      redraw = () => this.redraw(),
      cell = () => el('td', { class: 'number' });
    const select = (label, options) =>
      el(
        'select',
        { 'aria-label': label, onchange: redraw },
        options.map(([words, value]) => el('option', { value }, words)),
      );
    this.which = select('Which number of the gradient', [
      ...numbers.map((i) => [symbol('μ', i), i]),
      ...numbers.map((i) => [`log ${symbol('σ', i)}²`, latent + i]),
    ]);
    this.axis = select(
      'Width of the axis',
      NAMES.map((name, k) => [name, k]),
    );
    this.axis.value = 1;
    this.slider = el('input', {
      type: 'range',
      min: 1,
      max: DRAWS,
      'aria-label': 'Samples N',
      oninput: () => this.choose(false),
      onchange: () => this.choose(true),
    });
    this.count = el('b', { class: 'number' });
    this.said = el('p', { class: 'hint', role: 'status' }, 'Loading…');
    this.cells = NAMES.map(() => COLUMNS.map(cell));
    this.histograms = new Plot(
      'Histograms of what single draws say, one estimator below the other on one axis',
      (plot) => this.drawHistograms(plot),
      { margins: { left: 26, right: 26, top: 2 }, room: [90, 999] },
    );
    this.funnels = new Plot(
      'Mean of the first n draws and its standard error, against n',
      (plot) => this.drawFunnels(plot),
      { logX: true, names: ['n', ''], margins: { top: 10, left: 62 } },
    );
    this.furnish();
  }

  furnish() {
    const label = (words, ...nodes) => el('label', {}, words, nodes),
      figure = (plot, ...words) => el('figure', {}, el('figcaption', {}, words), plot.node);
    const heads = ['', ...COLUMNS].map((words) => el('th', { scope: 'col' }, words));
    const rows = NAMES.map((name, k) =>
      el('tr', { style: `--c: ${this.colours[k]}` }, el('th', { scope: 'row' }, name), this.cells[k]),
    );
    this.root.replaceChildren(
      el(
        'div',
        { class: 'buttons' },
        label('Gradient in ', this.which),
        label('N = ', this.count, this.slider),
        el('button', { onclick: () => this.measure() }, 'New draws'),
      ),
      el('div', { class: 'scroll' }, el('table', {}, el('tr', {}, heads), rows)),
      this.said,
      el(
        'div',
        { class: 'pictures' },
        figure(this.histograms, 'What single draws say. Axis: ', this.axis),
        figure(this.funnels, 'Mean of the first n draws ± its standard error'),
      ),
    );
  }

  async start() {
    this.ask = await loadGradients(this.data);
    this.follow();
  }

  stop() {
    clearTimeout(this.timer);
    this.histograms.stop();
    this.funnels.stop();
  }

  get samples() {
    return Math.min(DRAWS, Math.max(1, Number(this.store.view.samples || FIRST)));
  }

  choose(final) {
    const { value } = this.slider;
    this.store.view = { ...this.store.view, samples: Number(value) === FIRST ? '' : value };
    this.store.changed(final);
  }

  follow() {
    const {
      store: { posterior },
      samples,
    } = this;
    if (!this.ask || !posterior?.x) return;
    if (posterior !== this.posterior) {
      if (!this.posterior)
        this.which.value = rates(posterior.mu, posterior.logvar).reduce(
          (best, rate, i, all) => (rate > all[best] ? i : best),
          0,
        );
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.measure(), this.posterior ? WAIT_MS : 0);
      this.posterior = posterior;
    }
    if (this.shown === samples) return;
    this.shown = this.slider.value = this.count.textContent = samples;
    this.redraw();
  }

  look(seen) {
    this.seen = seen;
    if (seen && this.due) this.measure();
  }

  /** Draw anew; what was drawn stays until there is more. */
  measure() {
    this.due = !this.seen;
    if (this.due) return;
    const {
        posterior: { x, mu, logvar },
      } = this,
      draws = new Draws(),
      eps = Float32Array.from({ length: DRAWS * this.latent }, normal);
    delete this.root.dataset.draws;
    this.ask('many', { x, mu, logvar, eps }, ({ parts, done }) => {
      draws.add(parts);
      if (draws.f.length < 2) return;
      this.draws = draws;
      if (done) this.root.dataset.draws = DRAWS;
      this.redraw();
    });
  }

  redraw() {
    this.columns = null; // computed once for all that is drawn
    this.histograms.redraw();
    this.funnels.redraw();
  }

  /** What both plots begin with: the columns, and the numbers written out. */
  compute() {
    const {
      draws,
      draws: {
        f: { length: count },
      },
      samples,
      cells,
    } = this;
    if (count < 2 || this.columns) return this.columns;
    this.columns = draws.columns(Number(this.which.value));
    this.truth = this.columns[0].mean;
    this.columns.forEach(({ values, variance }, k) => {
      const n = Math.min(samples, count),
        error = Math.sqrt(variance / n),
        mean = values.subarray(0, n).reduce((sum, value) => sum + value, 0) / n;
      const words = [
        `${short(mean, error)} ± ${short(error, error)}`,
        many(variance),
        k ? `× ${many(variance / this.columns[0].variance)}` : '',
        many(Math.abs(this.truth) / error),
      ];
      words.forEach((text, i) => (cells[k][i].textContent = text));
    });
    this.said.textContent =
      count < DRAWS
        ? `${count} of ${DRAWS} draws so far…`
        : `Measured on the same ${many(DRAWS)} draws of ε for all three. Signal: the pathwise mean of all of them.`;
    return this.columns;
  }

  drawHistograms(plot) {
    const columns = this.compute(),
      { truth } = this;
    if (!columns) return;
    const half = WIDE * Math.sqrt(columns[Number(this.axis.value)].variance) || 1,
      low = truth - half,
      wide = (2 * half) / BINS;
    plot.frame([low, truth + half], [0, NAMES.length]);
    const [left, top, , high] = plot.box;
    plot.context.clearRect(0, 0, left - 1, top + high + 6); // numbers there would say nothing: each row has a scale of its own
    columns.forEach(({ values }, k) => {
      const bins = new Float32Array(BINS),
        base = NAMES.length - 1 - k,
        colour = this.colours[k];
      for (const value of values) bins[Math.floor((value - low) / wide)]++; // what is beyond the axis falls off the array
      const most = Math.max(...bins),
        tops = [...bins].flatMap((count, i) =>
          [0, 1].map((end) => [low + (i + end) * wide, base + (0.64 * count) / most]),
        );
      plot.area(
        tops,
        tops.map(([x]) => [x, base]),
        { colour },
      );
      plot.words(NAMES[k], low, base + 0.84, { dx: 8, colour, weight: 600 });
    });
    plot.line(
      [
        [truth, 0],
        [truth, NAMES.length],
      ],
      { width: 1.5, dash: [4, 4] },
    );
  }

  drawFunnels(plot) {
    const columns = this.compute(),
      { truth, colours } = this;
    if (!columns) return;
    // As wide as the baseline's funnel at three draws, or the other's at 300.
    const half = 2.5 * Math.sqrt(Math.max(columns[2].variance / 3, columns[1].variance / 300)) || 1;
    plot.frame([1, DRAWS], [truth - half, truth + half]);
    for (const k of [1, 2, 0]) {
      // the narrow ones last
      const { values, variance } = columns[k],
        colour = colours[k];
      let sum = 0;
      const means = Array.from(values, (value, i) => [i + 1, (sum += value) / (i + 1)]),
        edge = (side) => means.map(([n, mean]) => [n, mean + side * Math.sqrt(variance / n)]);
      plot.area(edge(1), edge(-1), { colour, alpha: 0.22 });
      plot.line(means, { colour, width: 2.5 });
    }
    plot.line(
      [
        [this.samples, truth - half],
        [this.samples, truth + half],
      ],
      { width: 1.5, dash: [4, 4] },
    );
  }
}
