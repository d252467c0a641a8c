// What one model decodes from the prior's draws and from the μ of the test images, with all dimensions or fewer.
import { distortion, placesOf } from '../core/likelihood.js';

/**
 * @import { Decoder } from '../core/spec.js'
 * @typedef {{images: Float32Array[], samples: Float32Array[]}} Both of the test images, and of the draws
 */

const SLICE_MS = 8;

const pause = () => new Promise((resume) => setTimeout(resume));

/** @param {Set<number>} off */
const key = (off) => [...off].sort((a, b) => a - b).join();

/** @type {(z: Float32Array, off: Set<number>) => Float32Array} */
const without = (z, off) => z.map((value, i) => (off.has(i) ? 0 : value));

/** Each is decoded once; `off` are the dimensions held at the prior's mean, 0. */
export class Decodings {
  /**
   * @param {Decoder} decoder
   * @param {Both} codes
   * @param {number} pixelStd
   */
  constructor(decoder, codes, pixelStd) {
    this.decoder = decoder;
    this.codes = codes;
    this.pixelStd = pixelStd;
    /** @type {Both} */
    this.full = { images: [], samples: [] };
    this.latest = { key: '', made: this.full };
    /** @type {Map<string, number>} */
    this.costs = new Map();
  }

  /** Decode with all dimensions, in slices: the page must not stand still for it. */
  async ahead() {
    let began = performance.now();
    for (const kind of /** @type {const} */ (['images', 'samples'])) {
      for (const z of this.codes[kind]) {
        this.full[kind].push(this.decoder.mean(z));
        if (performance.now() - began > SLICE_MS) {
          await pause();
          began = performance.now();
        }
      }
    }
  }

  /**
   * @param {Set<number>} off
   * @returns {Both}
   */
  decoded(off) {
    if (!off.size) return this.full;
    if (this.latest.key !== key(off)) {
      /** @param {Float32Array} z */
      const mean = (z) => this.decoder.mean(without(z, off));
      this.latest = {
        key: key(off),
        made: { images: this.codes.images.map(mean), samples: this.codes.samples.map(mean) },
      };
    }
    return this.latest.made;
  }

  /**
   * The mean distortion of the test images x at z = μ, nats.
   * @param {Set<number>} off
   * @param {Float32Array[]} x always the same ones
   */
  cost(off, x) {
    const known = this.costs.get(key(off));
    if (known !== undefined) return known;
    const { decode, likelihood, shape } = this.decoder;
    const nats = (/** @type {Float32Array} */ z, /** @type {number} */ k) =>
      distortion(decode(without(z, off)), x[k], likelihood, this.pixelStd, placesOf(shape));
    const each = this.codes.images.map(nats);
    const mean = each.reduce((sum, nats) => sum + nats, 0) / each.length;
    this.costs.set(key(off), mean);
    return mean;
  }
}
