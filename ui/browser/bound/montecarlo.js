// The Monte Carlo estimate of a KL from one draw to 100,000, and how it is drawn against their number.

/** @import { Plot } from '../kit/axes.js' */
/**
 * After n draws: how far off the estimate is, and its standard error.
 *
 * @typedef {{ n: number, off: number, error: number }} Place
 */
/** @typedef {[x: number, y: number]} Point */
/**
 * What both plots show.
 *
 * @typedef {object} View
 * @property {number} exact - the KL, nats.
 * @property {number} deviation - the standard deviation of one draw.
 * @property {Place[]} path
 * @property {Place | undefined} seen - the place that is marked.
 * @property {string} colour
 */

const MOST = 100000;
/** Numbers of draws at which the estimate is kept: about twenty to each factor of ten. */
export const PLACES = [...new Set(Array.from({ length: 101 }, (_, i) => Math.round(10 ** (i / 20))))];

/** An estimate as it runs. */
export class MonteCarlo {
  /**
   * @param {() => number} draw
   * @param {number} exact
   */
  constructor(draw, exact) {
    this.draw = draw;
    this.exact = exact;
    this.count = 0;
    this.total = 0;
    this.squares = 0;
    /** @type {Place[]} */
    this.path = [];
  }

  get done() {
    return this.path.length === PLACES.length;
  }

  /**
   * Draw on until so many places are known.
   *
   * @param {number} places
   */
  run(places) {
    for (const end of PLACES.slice(this.path.length, places)) {
      while (this.count < end) this.#once();
      this.path.push(this.#place());
    }
  }

  #once() {
    const off = this.draw() - this.exact; // small, so that squares lose no digits
    this.count += 1;
    this.total += off;
    this.squares += off * off;
  }

  #place() {
    const { count: n, total, squares } = this;
    const off = total / n;
    const variance = (squares - n * off * off) / (n - 1);
    return { n, off, error: Math.sqrt(Math.max(0, variance) / n) };
  }
}

/**
 * @param {Plot} plot
 * @param {Place | undefined} seen
 * @param {Point} y
 */
function mark(plot, seen, [low, high]) {
  if (!seen) return;
  const ends = [low, high].map((y) => [seen.n, y]);
  plot.line(ends, { width: 1.5, alpha: 0.7, dash: [2, 3] });
}

/**
 * The estimate and one standard error to each side.
 *
 * @param {Plot} plot
 * @param {View} view
 */
export function drawEstimate(plot, { exact, deviation, path, seen, colour }) {
  /** @type {Point} */
  const y = [exact - 2 * deviation, exact + 2 * deviation];
  const firm = path.filter(({ error }) => Number.isFinite(error));
  const edge = (/** @type {number} */ side) => firm.map(({ n, off, error }) => [n, exact + off + side * error]);
  const means = path.map(({ n, off }) => [n, exact + off]);
  const truth = [1, MOST].map((n) => [n, exact]);
  plot.frame([1, MOST], y);
  plot.area(edge(1), edge(-1), { colour, alpha: 0.25 });
  plot.line(truth, { dash: [6, 5], alpha: 0.8 });
  plot.line(means, { colour, width: 2.5 });
  mark(plot, seen, y);
}

/**
 * How far the estimate is off, below its standard error.
 *
 * @param {Plot} plot
 * @param {View} view
 */
export function drawError(plot, { deviation, path, seen, colour }) {
  /** @type {Point} */
  const y = [deviation * 10 ** -3.7, deviation * 10 ** 0.5];
  const firm = path.filter(({ error }) => error > 0);
  const errors = firm.map(({ n, error }) => [n, error]);
  const ground = firm.map(({ n }) => [n, y[0]]);
  const offs = path.map(({ n, off }) => [n, Math.max(Math.abs(off), y[0] / 2)]);
  const law = [1, MOST].map((n) => [n, deviation / Math.sqrt(n)]);
  plot.frame([1, MOST], y);
  plot.area(errors, ground, { colour, alpha: 0.2 });
  plot.line(law, { dash: [6, 5], alpha: 0.8 });
  plot.line(offs, { colour, width: 2 });
  plot.words('1/√N', 30, deviation / Math.sqrt(30), { dx: 10, dy: -14, weight: 600 });
  mark(plot, seen, y);
}
