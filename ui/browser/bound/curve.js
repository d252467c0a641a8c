// How the bound tightens with K, drawn.
import { roundStep } from '../kit/ticks.js';

/** @import { Plot } from '../kit/axes.js' */
/** @typedef {{ K: number, mean: number, error: number }} Estimate - Of a bound, nats; the error may not be known. */
/** @typedef {[x: number, y: number]} Point */
/**
 * @typedef {object} Curve
 * @property {Estimate[]} bounds - from the ELBO on.
 * @property {Point[]} run - the draw under way, of one sample to as many as there are.
 */

/**
 * From somewhat below the ELBO to well above the best bound, at round numbers.
 *
 * @param {Estimate[]} bounds
 * @returns {Point}
 */
function limits(bounds) {
  const elbo = bounds[0].mean;
  const highest = Math.max(...bounds.map(({ mean }) => mean));
  const span = Math.max(highest - elbo, 0.4);
  const size = roundStep(span, 4);
  return [Math.floor((elbo - 0.25 * span) / size) * size, Math.ceil((highest + 0.4 * span) / size) * size];
}

/**
 * @param {Plot} plot
 * @param {Curve} curve
 * @param {number} end - the greatest K.
 */
export function drawCurve(plot, { bounds, run }, end) {
  const elbo = bounds[0];
  const best = bounds[bounds.length - 1];
  const [low, high] = limits(bounds);
  /** @type {(y: number, from?: number) => Point[]} */
  const level = (y, from = 1) => [
    [from, y],
    [end, y],
  ];
  const firm = bounds.filter(({ error }) => Number.isFinite(error));
  /** @type {(side: number) => Point[]} */
  const edge = (side) => firm.map(({ K, mean, error }) => [K, mean + side * error]);
  plot.frame([1, end], [low, high]);
  plot.area(level(high), level(best.mean), { hatched: true, alpha: 0.16, width: 1.5 });
  plot.line(level(elbo.mean), { dash: [6, 5], alpha: 0.8 });
  plot.line(run, { width: 1, alpha: 0.7 });
  plot.area(edge(1), edge(-1), { alpha: 0.2 });
  plot.line(
    bounds.map(({ K, mean }) => [K, mean]),
    { width: 3 },
  );
  for (const { K, mean } of bounds) plot.spot(K, mean, 4.5, {});
  plot.line(level(best.mean, best.K), { width: 2, dash: [2, 4] });
  plot.words('log p(x) is up here', end, high, { dx: -8, dy: 16, align: 'right', weight: 600 });
  plot.words('ELBO', end, elbo.mean, { dx: -8, dy: 14, align: 'right', weight: 600 });
}
