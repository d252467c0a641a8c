// Two dimensions of the latent space: the test codes as dust, samples from the prior among them.
import { Plot } from '../kit/axes.js';
import { symbol } from '../kit/elements.js';

/** @import { Sample } from './tiles.js' */
/** @typedef {[i: number, j: number]} Axes - Dimensions; a model of one has no second. */
/** @typedef {[x: number, y: number]} Point */

const DUST = '#8a8a8a';
const REACH = 0.998; // of the test codes that are shown

/**
 * @param {Float32Array | Float64Array} values
 * @param {number} share
 */
export const quantile = (values, share) => values.slice().sort()[Math.floor(share * (values.length - 1))];

/** The map; what is to be seen on it is set from outside, then drawn by `plot.redraw()`. */
export class Plane {
  /**
   * @param {number} latent
   * @param {string} colour
   */
  constructor(latent, colour) {
    this.latent = latent;
    this.colour = colour;
    /** @type {Axes} */
    this.axes = [0, 1];
    this.dust = new Float32Array(0);
    this.side = 0; // from the middle to the rim, once there is dust
    /** @type {Sample[]} */
    this.samples = [];
    /** @type {Sample | null} */
    this.lit = null;
    const look = { margins: { left: 44, right: 10 }, room: [50, 50] };
    this.plot = new Plot('Samples from the prior among the test codes', () => this.#draw(), look);
  }

  /**
   * Look along two dimensions of the test codes.
   *
   * @param {Float32Array} means
   * @param {Axes} axes
   */
  look(means, axes) {
    const { latent } = this;
    const [i, j] = axes;
    const dust = new Float32Array((2 * means.length) / latent);
    for (let k = 0; k < dust.length / 2; k++) {
      dust[2 * k] = means[k * latent + i];
      dust[2 * k + 1] = j < latent ? means[k * latent + j] : 0;
    }
    this.axes = axes;
    this.dust = dust;
    this.side = Math.max(3.6, 1.1 * quantile(dust.map(Math.abs), REACH));
  }

  /**
   * @param {Sample} sample
   * @returns {Point}
   */
  #at({ code }) {
    const [i, j] = this.axes;
    return [code[i], code[j] ?? 0];
  }

  #draw() {
    const { plot, side, dust, colour, lit } = this;
    if (!side) return;
    this.#frame();
    plot.dust(dust, dust.length > 5000 ? 2 : 4, { colour: DUST, alpha: 0.55 });
    for (const sample of this.samples) {
      if (sample.far > 1) plot.spot(...this.#at(sample), 4.5, { colour, ring: true, width: 2 });
      else plot.spot(...this.#at(sample), 3, { colour, alpha: 0.7 });
    }
    if (lit) plot.spot(...this.#at(lit), 11, { ring: true, width: 4 });
  }

  /** One unit is as long up as across. */
  #frame() {
    const { plot, side, latent } = this;
    const [i, j] = this.axes;
    const [width, height] = plot.size;
    const { left, right, top, bottom } = plot.margins;
    const tall = (height - top - bottom) / (width - left - right);
    plot.names = [symbol('z', i), j < latent ? symbol('z', j) : ''];
    plot.frame([-side, side], [-side * tall, side * tall]);
  }
}
