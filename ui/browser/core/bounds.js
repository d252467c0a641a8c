// Estimators of the KL and of the evidence, as the core has them. Pure functions, for a worker and node as well.
import { prior } from './prior.js';

/** @typedef {ArrayLike<number>} Numbers */
/** @typedef {{ mean: number, error: number, count: number }} Summary - A mean and its standard error. */
/** @typedef {{ mu: number, sigma: number }} Gaussian */

/**
 * The KL per dimension as an expectation over z and z²: (η_q − η_p)·E_q[T(z)] − A(η_q) + A(η_p).
 *
 * @param {Numbers} mu
 * @param {Numbers} logvar
 */
export const sufficientStatistics = (mu, logvar) =>
  Array.from(mu, (m, i) => {
    const precision = Math.exp(-logvar[i]);
    const first = m;
    const second = m * m + Math.exp(logvar[i]);
    return m * precision * first + (0.5 - 0.5 * precision) * second - 0.5 * m * m * precision - 0.5 * logvar[i];
  });

/**
 * A function that draws z from q(z|x) and returns log q(z|x) − log p(z), over all dimensions; its mean is the KL.
 *
 * @param {Numbers} mu
 * @param {Numbers} logvar
 * @param {() => number} normal
 */
export function ratioSampler(mu, logvar, normal) {
  // With z = μ + σε the ratio is ½((σ² − 1)ε² + 2μσε + μ² − log σ²).
  const square = Float64Array.from(logvar, (v) => Math.expm1(v) / 2);
  const slope = Float64Array.from(mu, (m, i) => m * Math.exp(logvar[i] / 2));
  let rest = 0;
  for (let i = 0; i < mu.length; i++) rest += (mu[i] * mu[i] - logvar[i]) / 2;
  return () => {
    let sum = rest;
    for (let i = 0; i < square.length; i++) {
      const eps = normal();
      sum += (square[i] * eps + slope[i]) * eps;
    }
    return sum;
  };
}

/**
 * The standard deviation of one such draw, known in closed form: N draws have the standard error of this by √N.
 *
 * @param {Numbers} mu
 * @param {Numbers} logvar
 */
export function ratioDeviation(mu, logvar) {
  const variances = Array.from(mu, (m, i) => Math.expm1(logvar[i]) ** 2 / 2 + m * m * Math.exp(logvar[i]));
  return Math.sqrt(variances.reduce((a, b) => a + b, 0));
}

/**
 * log p(x|z) + log p(z) − log q(z|x) at z = μ + σ·ε; `cost` is −log p(x|z).
 *
 * @param {number} cost
 * @param {Numbers} mu
 * @param {Numbers} logvar
 * @param {Numbers} eps
 */
export function logWeight(cost, mu, logvar, eps) {
  const z = Float64Array.from(mu, (m, i) => m + Math.exp(logvar[i] / 2) * eps[i]);
  let logVolume = 0; // log q is the density of ε in N(0, I), spread over σ
  for (let i = 0; i < logvar.length; i++) logVolume += logvar[i] / 2;
  return -cost + prior.logProb(z) - (prior.logProb(eps) - logVolume);
}

/**
 * log of the mean of the weights of a range: the importance-weighted bound (Burda et al. 2016, eq. 8).
 *
 * @param {Numbers} logWeights
 * @param {number} [from]
 * @param {number} [to]
 */
export function importanceBound(logWeights, from = 0, to = logWeights.length) {
  let most = -Infinity;
  let sum = 0;
  for (let i = from; i < to; i++) most = Math.max(most, logWeights[i]);
  for (let i = from; i < to; i++) sum += Math.exp(logWeights[i] - most);
  return most + Math.log(sum / (to - from));
}

/**
 * The mean of values and its standard error, NaN of one.
 *
 * @param {number[]} values
 * @returns {Summary}
 */
export function summary(values) {
  const count = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (count - 1) / count), count };
}

/**
 * The bounds of a range's first weight, first two, and so on.
 *
 * @param {Numbers} logWeights
 * @param {number} from
 * @param {number} to
 */
export function runningBound(logWeights, from, to) {
  let most = -Infinity;
  let sum = 0;
  return Float64Array.from({ length: to - from }, (_, k) => {
    const weight = logWeights[from + k];
    const above = Math.max(most, weight);
    sum = sum * Math.exp(most - above) + Math.exp(weight - above);
    most = above;
    return most + Math.log(sum / (k + 1));
  });
}

/**
 * The bound with K samples, over as many groups of K as there are.
 *
 * @param {Numbers} logWeights
 * @param {number} K
 * @param {number[]} [known] - those that were computed before, and grows
 */
export function repeatedBound(logWeights, K, known = []) {
  for (let end = (known.length + 1) * K; end <= logWeights.length; end += K)
    known.push(importanceBound(logWeights, end - K, end));
  return summary(known);
}

/** @param {number} p */
const entropy = (p) => (p > 0 ? -p * Math.log(p) : 0);

/**
 * The floor of the cross-entropy of grey pixels: their own entropy, nats.
 *
 * @param {Float32Array} x
 */
export const pixelEntropy = (x) => x.reduce((sum, p) => sum + entropy(p) + entropy(1 - p), 0);

/**
 * KL(a ‖ b) of two Gaussians, by the closed form.
 *
 * @param {Gaussian} a
 * @param {Gaussian} b
 */
export const gaussianKl = (a, b) =>
  Math.log(b.sigma / a.sigma) + (a.sigma ** 2 + (a.mu - b.mu) ** 2) / (2 * b.sigma ** 2) - 0.5;

/**
 * @param {number} z
 * @param {Gaussian} gaussian
 */
const logDensity = (z, { mu, sigma }) => prior.logProb([(z - mu) / sigma]) - Math.log(sigma);

/**
 * @param {number} z
 * @param {Gaussian} gaussian
 */
export const density = (z, gaussian) => Math.exp(logDensity(z, gaussian));

/**
 * What KL(a ‖ b) is the integral of: a(z)·log(a(z)/b(z)), which may be negative.
 *
 * @param {number} z
 * @param {Gaussian} a
 * @param {Gaussian} b
 */
export const integrand = (z, a, b) => density(z, a) * (logDensity(z, a) - logDensity(z, b));

/**
 * The same KL by the trapezoid rule over ten σ of a to each side.
 *
 * @param {Gaussian} a
 * @param {Gaussian} b
 * @param {number} [steps]
 */
export function integralKl(a, b, steps = 2000) {
  const width = (20 * a.sigma) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) sum += integrand(a.mu - 10 * a.sigma + i * width, a, b);
  return sum * width;
}
