// The aggregate posterior, the mean of q(z|x) over images: what it covers, and one dimension of it. Pure functions.
import { prior, rates } from './prior.js';

/** @typedef {ArrayLike<number>} Numbers */

/**
 * How far z is outside the posteriors of a table: its distance from the nearest mean in that posterior's own σ, as a
 * share of the ellipsoid's that holds 95 %. Above 1 it is in none of them.
 *
 * @param {Numbers} mu
 * @param {Numbers} precision
 * @param {number} latent
 * @param {Numbers} z
 * @param {number} [but] - a row that is passed over
 */
export function outside(mu, precision, latent, z, but = -1) {
  let least = Infinity;
  for (let i = 0; i < mu.length / latent; i++) {
    const k = i * latent;
    let sum = 0;
    for (let d = 0; d < latent && sum < least; d++) sum += (mu[k + d] - z[d]) ** 2 * precision[k + d];
    if (sum < least && i !== but) least = sum;
  }
  // The 95 % point of χ², by Wilson and Hilferty.
  const part = 2 / (9 * latent);
  return Math.sqrt(least / (latent * (1 - part + 1.645 * Math.sqrt(part)) ** 3));
}

/**
 * P(ε < t) of N(0, 1), by Abramowitz & Stegun 7.1.26, within 2e-7.
 *
 * @param {number} t
 */
function cumulative(t) {
  const x = Math.abs(t) / Math.SQRT2;
  const u = 1 / (1 + 0.3275911 * x);
  const series = ((((1.061405429 * u - 1.453152027) * u + 1.421413741) * u - 0.284496736) * u + 0.254829592) * u;
  const tail = (series * Math.exp(-x * x)) / 2;
  return t < 0 ? tail : 1 - tail;
}

/**
 * The values of one dimension in a table of codes.
 *
 * @param {Numbers} table
 * @param {number} latent
 * @param {number} dimension
 */
export const column = (table, latent, dimension) =>
  Float64Array.from({ length: table.length / latent }, (_, i) => table[i * latent + dimension]);

/**
 * What share of values lies in each of `bins` equal bins from low to high.
 *
 * @param {Float64Array} values
 * @param {number} low
 * @param {number} high
 * @param {number} bins
 */
export function histogram(values, low, high, bins) {
  const shares = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) shares[bin] += 1 / values.length;
  }
  return shares;
}

/**
 * The mass of the aggregate posterior in each bin: no samples, so no noise.
 *
 * @param {Numbers} means
 * @param {Numbers} logvars
 * @param {number} low
 * @param {number} high
 * @param {number} bins
 */
export function masses(means, logvars, low, high, bins) {
  const shares = new Float64Array(bins);
  const width = (high - low) / bins;
  /** @param {number} z */
  const binOf = (z) => Math.min(bins - 1, Math.max(0, Math.floor((z - low) / width)));
  for (let i = 0; i < means.length; i++) {
    const sigma = Math.exp(logvars[i] / 2);
    const last = binOf(means[i] + 6 * sigma);
    let before = 0;
    for (let bin = binOf(means[i] - 6 * sigma); bin <= last; bin++) {
      const after = bin === last ? 1 : cumulative((low + (bin + 1) * width - means[i]) / sigma);
      shares[bin] += (after - before) / means.length;
      before = after;
    }
  }
  return shares;
}

/**
 * KL(q ‖ p) of a density that is even within each of its equal bins from −side to side.
 *
 * @param {Float64Array} shares
 * @param {number} side
 */
function binnedKl(shares, side) {
  const width = (2 * side) / shares.length;
  return shares.reduce((sum, share, bin) => {
    if (share <= 0) return sum;
    const middle = (bin + 0.5) * width - side;
    const logPrior = prior.logProb([middle]) - (width * width) / 24; // the mean over the bin
    return sum + share * (Math.log(share / width) - logPrior);
  }, 0);
}

/**
 * What the mean rate of a dimension is spent on, nats: {rate, marginal, information}. The marginal KL(q(z) ‖ p(z)) is
 * how far the aggregate is from the prior; the rest tells which image it is (Hoffman & Johnson 2016).
 *
 * @param {Float64Array} means
 * @param {Float64Array} logvars
 * @param {number} [bins]
 */
export function decomposition(means, logvars, bins = 800) {
  let side = 0;
  for (let i = 0; i < means.length; i++) side = Math.max(side, Math.abs(means[i]) + 6 * Math.exp(logvars[i] / 2));
  const rate = rates(means, logvars).reduce((a, b) => a + b, 0) / means.length;
  const marginal = binnedKl(masses(means, logvars, -side, side, bins), side);
  return { rate, marginal, information: rate - marginal };
}
