// Which places of the latent space the posteriors of the test images cover, and draws from prior and posteriors.
import { outside } from '../core/aggregate.js';
import { normals } from '../core/prior.js';

const OTHERS = 200;
const SLICE = 20; // of them between two frames

/** The posteriors of all test images. */
export class Coverage {
  /**
   * @param {Float32Array} mu
   * @param {Float32Array} logvar
   * @param {number} latent
   */
  constructor(mu, logvar, latent) {
    this.mu = mu;
    this.logvar = logvar;
    this.latent = latent;
    this.precision = logvar.map((v) => Math.exp(-v));
    this.normal = normals();
  }

  /**
   * How many times as far a code is from the nearest mean as that posterior reaches: above 1 it is in a hole.
   *
   * @param {Float32Array} code
   * @param {number} [but] - the row of an image that is left out
   */
  far(code, but) {
    return outside(this.mu, this.precision, this.latent, code, but);
  }

  /**
   * Codes from the prior, row by row.
   *
   * @param {number} count
   */
  fromPrior(count) {
    return Float32Array.from({ length: count * this.latent }, this.normal);
  }

  /** A code from the posterior of some test image, whose row is `index`. */
  fromPosterior() {
    const { mu, logvar, latent, normal } = this;
    const index = Math.floor((Math.random() * mu.length) / latent);
    const start = index * latent;
    const means = mu.slice(start, start + latent);
    return { index, code: means.map((m, d) => m + Math.exp(logvar[start + d] / 2) * normal()) };
  }

  /**
   * The share of draws from posteriors that fall into holes, their own image left out: what the share of the prior's is
   * to be held against.
   */
  async usual() {
    let holes = 0;
    for (let k = 0; k < OTHERS; k++) {
      const { index, code } = this.fromPosterior();
      if (this.far(code, index) > 1) holes++;
      if (k % SLICE === 0) await new Promise(requestAnimationFrame);
    }
    return holes / OTHERS;
  }
}
