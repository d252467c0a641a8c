// One model of a sweep: the figures of its card at once; its store, test codes and decodings when they are loaded.
import { requireFinite } from '../core/safetensors.js';
import { middles, reachOf } from '../kit/dots.js';

/**
 * @import { Point } from '../kit/dots.js'
 * @import { Store } from '../state/store.js'
 * @import { Codes } from '../work/told.js'
 * @import { Decodings } from './decodings.js'
 */

/**
 * The test set's means, in nats per image.
 * @typedef {{distortion: number, rate: number, negative_elbo: number, active_units: number, kl: number[]}} Figures
 */

/**
 * What Python tells of a model; a figure is null where the card has none or holds NaN or infinity.
 * @typedef {{name: string, beta: number, weights: string | null, codes: string | null} & Nullable<Figures>} Told
 */

/**
 * @template T
 * @typedef {{[K in keyof T]: T[K] | null}} Nullable
 */

/**
 * The test codes: `xy` in the two dimensions of the highest KL, how far nearly all of those reach from 0, the middles
 * of the classes there, and the root mean square in each dimension.
 * @typedef {object} Measured
 * @property {Float32Array} mu
 * @property {Uint8Array} labels
 * @property {Float32Array} xy
 * @property {number} reach
 * @property {(Point | null)[]} middles
 * @property {number[]} spreads
 */

/** @typedef {Measured & {store: Store, decodings: Decodings}} Loaded */

/** Below so many nats a dimension is dead. */
export const DEAD = 0.01;

/** A number in three digits. @param {number} value */
export const short = (value) => String(Number(value.toPrecision(3)));

/**
 * @param {Told} told
 * @param {number} latent
 * @returns {told is Told & Figures}
 */
function isComplete(told, latent) {
  const { distortion, rate, negative_elbo: sum, active_units: active, kl } = told;
  return kl?.length === latent && [distortion, rate, sum, active, ...kl].every((value) => Number.isFinite(value));
}

export class Member {
  /**
   * @param {Told} told
   * @param {number} latent
   */
  constructor(told, latent) {
    this.name = told.name;
    this.beta = told.beta;
    this.weights = told.weights;
    this.codes = told.codes;
    /** @type {Figures | null} */
    this.figures = isComplete(told, latent) ? told : null;
    const kl = this.figures?.kl ?? Array(latent).fill(0);
    /** The dimensions, by KL. */
    this.ranked = [...kl.keys()].sort((a, b) => kl[b] - kl[a]);
    /** @type {Loaded | null} */
    this.loaded = null;
    /** @type {Promise<void> | null} */
    this.loading = null;
    this.failure = '';
  }

  /** β as a label has it. */
  get label() {
    return short(this.beta);
  }

  /** The dimensions that are dead. */
  get dead() {
    const { figures, ranked } = this;
    return figures ? ranked.filter((i) => figures.kl[i] < DEAD) : [];
  }

  /** A sentence on what cannot be used of this model, empty if all can. */
  get problem() {
    if (this.failure) return `β = ${this.label}: ${this.failure}`;
    return this.figures ? '' : `β = ${this.label}: the card of ${this.name} has no usable figures. Train it again.`;
  }
}

/**
 * Check and measure the table of a model's test codes; throws an Error that is a sentence.
 * @param {Codes | null} table
 * @param {number[]} ranked the dimensions, by KL
 * @param {number} classes
 * @returns {Measured}
 */
export function measured(table, ranked, classes) {
  if (!table?.mu || !table.labels) throw new Error('There are no test codes. Evaluate this model again.');
  const { mu, labels } = table;
  const [i, j = -1] = ranked;
  const latent = ranked.length;
  const count = labels.data.length;
  if (!count || mu.data.length !== count * latent)
    throw new Error(`The test codes are damaged: ${mu.data.length} numbers for ${count} images of ${latent}.`);
  requireFinite('mu', mu.data);
  const xy = new Float32Array(2 * count);
  const sums = new Float64Array(latent);
  for (let k = 0; k < count; k++) {
    const z = mu.data.subarray(k * latent, (k + 1) * latent);
    xy[2 * k] = z[i];
    if (j >= 0) xy[2 * k + 1] = z[j];
    for (let d = 0; d < latent; d++) sums[d] += z[d] ** 2;
  }
  return {
    mu: mu.data,
    labels: labels.data,
    xy,
    reach: reachOf(xy),
    middles: middles(xy, labels.data, classes),
    spreads: Array.from(sums, (sum) => Math.sqrt(sum / count)),
  };
}
