// How estimates of one gradient spread: histograms of single draws, and the mean of ever more of them.

/** @import { Plot } from '../kit/axes.js' */
/** @import { Column } from './draws.js' */

const BINS = 121;
const WIDE = 2.6; // standard deviations from the middle of a histogram's axis to its end
const TALL = 0.64; // of a histogram's row
const NARROW_LAST = [1, 2, 0]; // pathwise, the narrowest, is drawn over the others

/**
 * @param {Plot} plot
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
function mark(plot, x, low, high) {
  const ends = [low, high].map((y) => [x, y]);
  plot.line(ends, { width: 1.5, dash: [4, 4] });
}

/**
 * The outline of a histogram that stands on `base`.
 *
 * @param {Float32Array} values
 * @param {number} low
 * @param {number} width
 * @param {number} base
 */
function outline(values, low, width, base) {
  const counts = new Float32Array(BINS);
  for (const value of values) counts[Math.floor((value - low) / width)]++; // what is beyond the axis falls off
  const most = Math.max(...counts);
  return [...counts].flatMap((count, i) =>
    [0, 1].map((end) => [low + (i + end) * width, base + (TALL * count) / most]),
  );
}

/**
 * Histograms of what single draws say, one estimator below the other on one axis.
 *
 * @param {Plot} plot
 * @param {Column[]} columns - the first holds the truth, as nearly as it is known.
 * @param {{ names: string[], colours: string[], widest: number }} look - `widest`: the column that fills the axis.
 */
export function drawHistograms(plot, columns, { names, colours, widest }) {
  const truth = columns[0].mean;
  const half = WIDE * Math.sqrt(columns[widest].variance) || 1;
  const low = truth - half;
  plot.frame([low, truth + half], [0, columns.length]);
  const [left, top, , height] = plot.box;
  plot.context.clearRect(0, 0, left - 1, top + height + 6); // each row has a scale of its own
  columns.forEach(({ values }, k) => {
    const base = columns.length - 1 - k;
    const colour = colours[k];
    const tops = outline(values, low, (2 * half) / BINS, base);
    const ground = tops.map(([x]) => [x, base]);
    plot.area(tops, ground, { colour });
    plot.words(names[k], low, base + 0.84, { dx: 8, colour, weight: 600 });
  });
  mark(plot, truth, 0, columns.length);
}

/**
 * The means of a column's first 1, 2, … draws.
 *
 * @param {Float32Array} values
 */
function runningMeans(values) {
  let sum = 0;
  return Array.from(values, (value, i) => {
    sum += value;
    return [i + 1, sum / (i + 1)];
  });
}

/**
 * Funnels: the mean of the first n draws and its standard error, against n.
 *
 * @param {Plot} plot
 * @param {Column[]} columns
 * @param {{ colours: string[], samples: number, most: number }} look - `samples`: the n that is marked.
 */
export function drawFunnels(plot, columns, { colours, samples, most }) {
  const truth = columns[0].mean;
  // As wide as the baseline's funnel at three draws, or the other's at 300.
  const half = 2.5 * Math.sqrt(Math.max(columns[2].variance / 3, columns[1].variance / 300)) || 1;
  plot.frame([1, most], [truth - half, truth + half]);
  for (const k of NARROW_LAST) {
    const colour = colours[k];
    const means = runningMeans(columns[k].values);
    const edge = (/** @type {number} */ side) =>
      means.map(([n, mean]) => [n, mean + side * Math.sqrt(columns[k].variance / n)]);
    plot.area(edge(1), edge(-1), { colour, alpha: 0.22 });
    plot.line(means, { colour, width: 2.5 });
  }
  mark(plot, samples, truth - half, truth + half);
}
