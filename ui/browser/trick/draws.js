// Estimates of one gradient from the same draws of ε: pathwise, by the score function, and with a baseline.
import { scoreFunction, summary } from '../core/gradients.js';

/** @import { Estimates } from '../core/gradients.js' */
/**
 * What single draws say by one estimator.
 *
 * @typedef {{ values: Float32Array, mean: number, variance: number }} Column
 */

/** What is known of each draw so far. */
export class Draws {
  constructor() {
    /** @type {number[]} */
    this.f = [];
    /** @type {Float32Array[]} */
    this.pathwise = [];
    /** @type {Float32Array[]} */
    this.scores = [];
  }

  get count() {
    return this.f.length;
  }

  /** @param {Estimates[]} estimates - each of one draw. */
  add(estimates) {
    for (const { f, pathwise, scores } of estimates) {
      this.f.push(f[0]);
      this.pathwise.push(pathwise);
      this.scores.push(scores);
    }
  }

  /**
   * Of number `k` of the gradient, μ first and then log σ²: the estimates of each estimator.
   *
   * @param {number} k
   * @returns {Column[]}
   */
  columns(k) {
    const column = (/** @type {Float32Array[]} */ rows) => Float32Array.from(rows, (row) => row[k]);
    const scores = column(this.scores);
    const all = [column(this.pathwise), scoreFunction(this.f, scores), scoreFunction(this.f, scores, true)];
    return all.map((values) => {
      const { mean, variance } = summary(values, 1);
      return { values, mean: mean[0], variance: variance[0] };
    });
  }
}
