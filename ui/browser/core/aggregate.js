// The aggregate posterior, the mean of q(z|x) over images: what it covers, and one dimension of it. Pure functions, for node as well.
import { rates } from './prior.js';

/**
 * How far z is outside the posteriors of a table: its distance from the nearest mean in that posterior's own σ, as a share of the
 * ellipsoid's that holds 95 %. Above 1 it is in none of them. Row `but` is passed over.
 */
export function outside(mu, precision, latent, z, but = -1) {
  let least = Infinity;
  for (let k = 0, i = 0; k < mu.length; i++, k += latent) {
    let sum = 0;
    for (let d = 0; d < latent && sum < least; d++) sum += (mu[k + d] - z[d]) ** 2 * precision[k + d];
    if (sum < least && i !== but) least = sum;
  }
  // The 95 % point of χ², by Wilson and Hilferty.
  const part = 2 / (9 * latent);
  return Math.sqrt(least / (latent * (1 - part + 1.645 * Math.sqrt(part)) ** 3));
}

// Abramowitz & Stegun 7.1.26, within 2e-7.
function cumulative(t) {
  const x = Math.abs(t) / Math.SQRT2,
    u = 1 / (1 + 0.3275911 * x);
  const tail =
    (((((1.061405429 * u - 1.453152027) * u + 1.421413741) * u - 0.284496736) * u + 0.254829592) *
      u *
      Math.exp(-x * x)) /
    2;
  return t < 0 ? tail : 1 - tail;
}

/** The values of one dimension in a table of codes. */
export const column = (table, latent, dimension) =>
  Float64Array.from({ length: table.length / latent }, (_, i) => table[i * latent + dimension]);

/** What share of values lies in each of `bins` equal bins from low to high. */
export function histogram(values, low, high, bins) {
  const shares = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) shares[bin] += 1 / values.length;
  }
  return shares;
}

/** The mass of the aggregate posterior in each bin: no samples, so no noise. */
export function masses(means, logvars, low, high, bins) {
  const shares = new Float64Array(bins),
    width = (high - low) / bins,
    part = 1 / means.length;
  for (let i = 0; i < means.length; i++) {
    const sigma = Math.exp(logvars[i] / 2),
      bin = (z) => Math.min(bins - 1, Math.max(0, Math.floor((z - low) / width)));
    const first = bin(means[i] - 6 * sigma),
      last = bin(means[i] + 6 * sigma);
    let before = 0;
    for (let b = first; b <= last; b++) {
      const after = b === last ? 1 : cumulative((low + (b + 1) * width - means[i]) / sigma);
      shares[b] += part * (after - before);
      before = after;
    }
  }
  return shares;
}

/**
 * What the mean rate of a dimension is spent on, nats: {rate, marginal, information}. The marginal KL(q(z) ‖ p(z)) is how far the
 * aggregate is from the prior; the rest tells which image it is (Hoffman & Johnson 2016).
 */
export function decomposition(means, logvars, bins = 800) {
  const sides = means.map((m, i) => Math.abs(m) + 6 * Math.exp(logvars[i] / 2)),
    side = sides.reduce((a, b) => Math.max(a, b)),
    width = (2 * side) / bins;
  const rate = rates(means, logvars).reduce((a, b) => a + b, 0) / means.length;
  const marginal = masses(means, logvars, -side, side, bins).reduce((sum, share, b) => {
    const z = (b + 0.5) * width - side;
    return share > 0
      ? sum + share * (Math.log(share / width) + (z * z + (width * width) / 12 + Math.log(2 * Math.PI)) / 2)
      : sum;
  }, 0);
  return { rate, marginal, information: rate - marginal };
}
