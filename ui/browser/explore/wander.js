// An endless walk through the prior: four draws from it under B-spline weights of length 1 are a draw, always.
import { normal } from '../core/prior.js';
import { wantsStillness } from '../kit/frames.js';
import { hearOnTheWay } from '../state/hearing.js';

/** @import { Store } from '../state/store.js' */

const LEG_MS = 1600;

/**
 * The weights of four draws at a share of the way from one knot to the next.
 *
 * @param {number} u
 */
function weightsAt(u) {
  const v = 1 - u;
  const weights = [v ** 3, 3 * u ** 3 - 6 * u * u + 4, 3 * v ** 3 - 6 * v * v + 4, u ** 3];
  const length = Math.hypot(...weights);
  return weights.map((weight) => weight / length);
}

/** Moves the z of a store on and on, until it is stopped or something else moves it. */
export class Wanderer {
  /**
   * @param {Store} store
   * @param {(walks: boolean) => void} onChange
   */
  constructor(store, onChange) {
    this.store = store;
    this.onChange = onChange;
    this.frame = 0;
    /** @type {Float32Array[]} */
    this.draws = [];
    this.began = -Infinity;
  }

  get walks() {
    return this.frame !== 0;
  }

  start() {
    const { store } = this;
    store.halt();
    store.halt = () => this.#halt();
    this.draws = Array(4).fill(store.z.map((value) => value * Math.SQRT1_2)); // three of these make z, at rest
    this.began = -Infinity;
    this.frame = requestAnimationFrame((now) => this.#step(now));
    this.onChange(true);
  }

  stop() {
    if (!this.walks) return;
    this.#halt();
    this.store.changed();
  }

  #halt() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.onChange(false);
  }

  /** @param {number} now */
  #step(now) {
    this.frame = requestAnimationFrame((next) => this.#step(next));
    const { store } = this;
    const share = (now - this.began) / LEG_MS;
    const arrived = share >= 1;
    if (arrived) {
      this.began = now;
      this.draws = [...this.draws.slice(1), store.z.map(normal)];
    }
    // Who wants stillness sees the draws, one by one, and not the way between them.
    const still = wantsStillness();
    if (still && !arrived) return;
    store.z = still ? this.draws[3] : this.#blend(arrived ? 0 : share);
    store.changed(false);
    hearOnTheWay(store);
  }

  /** @param {number} share */
  #blend(share) {
    const weights = weightsAt(share);
    return this.draws[3].map((_, i) => weights.reduce((sum, weight, k) => sum + weight * this.draws[k][i], 0));
  }
}
