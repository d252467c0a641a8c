// The prior N(0, I): its density, draws from it, and the rate of a posterior towards it.

/** @typedef {ArrayLike<number>} Numbers */

/**
 * KL(N(mu, exp(logvar)) || N(0, 1)) per latent dimension, nats (Kingma & Welling 2014, appendix B).
 *
 * @param {Numbers} mu
 * @param {Numbers} logvar
 * @returns {number[]}
 */
export const rates = (mu, logvar) => Array.from(mu, (m, i) => 0.5 * (m * m + Math.expm1(logvar[i]) - logvar[i]));

/**
 * A function that draws from N(0, 1), by Box and Muller, two draws from each pair of random numbers.
 *
 * @param {() => number} [random] - uniform in [0, 1)
 */
export function normals(random = Math.random) {
  /** @type {number | null} */
  let spare = null;
  return () => {
    if (spare !== null) {
      const draw = spare;
      spare = null;
      return draw;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** A draw from N(0, 1). */
export const normal = normals();

export const prior = {
  /**
   * log p(z), nats.
   *
   * @param {Numbers} z
   */
  logProb(z) {
    let squares = 0;
    for (let i = 0; i < z.length; i++) squares += z[i] * z[i];
    return -0.5 * (squares + z.length * Math.log(2 * Math.PI));
  },

  /**
   * Numbers of N(0, 1): one code, or several one after the other.
   *
   * @param {number} length
   * @param {() => number} [draw]
   */
  sample: (length, draw = normal) => Float32Array.from({ length }, draw),

  /**
   * KL(q(z|x) || p(z)) of a Gaussian posterior, nats.
   *
   * @param {Numbers} mu
   * @param {Numbers} logvar
   */
  rate: (mu, logvar) => rates(mu, logvar).reduce((a, b) => a + b, 0),

  /**
   * The gradient of the rate, by mu and then by logvar.
   *
   * @param {Numbers} mu
   * @param {Numbers} logvar
   */
  slope: (mu, logvar) => Float32Array.of(...Array.from(mu), ...Array.from(logvar, (v) => Math.expm1(v) / 2)),
};
