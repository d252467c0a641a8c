// Samples of z for one image, and the bounds on log p(x) that they give.
import { repeatedBound, runningBound, summary } from '../core/bounds.js';

/** @import { Curve, Estimate } from './curve.js' */
/**
 * All that is known by now: a curve, and what the bars and the words take from it.
 *
 * @typedef {Curve & { distortion: number, elbo: Estimate, best: Estimate, repeats: number }} Found
 */

/** Numbers of samples for which there is a bound. */
export const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The distortion and the log importance weight of each sample, nats. */
export class Samples {
  constructor() {
    /** @type {number[]} */
    this.costs = [];
    /** @type {number[]} */
    this.weights = [];
    /** @type {number[][]} */
    this.groups = STEPS.map(() => []); // the bounds of single groups of K, computed once
  }

  get count() {
    return this.costs.length;
  }

  /** @param {{ costs: number[], weights: number[] }} draws */
  add({ costs, weights }) {
    this.costs.push(...costs);
    this.weights.push(...weights);
  }

  /**
   * The ELBO with its rate in closed form, and the bounds of up to K samples.
   *
   * @param {number} rate
   * @param {number} K
   * @returns {Found}
   */
  measure(rate, K) {
    const { costs, weights, groups, count } = this;
    const { mean, error } = summary(costs);
    const elbo = { K: 1, mean: -mean - rate, error };
    const bounds = [elbo];
    STEPS.forEach((k, i) => {
      if (k > 1 && k <= K && k <= count) bounds.push({ K: k, ...repeatedBound(weights, k, groups[i]) });
    });
    const running = runningBound(weights, Math.floor((count - 1) / K) * K, count);
    return {
      distortion: mean,
      elbo,
      bounds,
      best: bounds[bounds.length - 1],
      run: Array.from(running, (value, k) => [k + 1, value]),
      repeats: Math.floor(count / K),
    };
  }
}
