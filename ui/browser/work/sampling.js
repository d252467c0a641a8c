// Draws from a posterior by a worker of the model's own, so that no drag waits for them.
import { loadTensors } from './load.js';
import { once } from './once.js';
import { OnDemandWorker } from './ondemand.js';

/** @import { Tensors } from '../core/safetensors.js' */
/** @import { Posterior, Spec } from '../core/spec.js' */
/** @import { Model } from './told.js' */
/**
 * Of some draws: their distortions and log importance weights, nats.
 *
 * @typedef {{ costs: number[], weights: number[] }} Draws
 */
/** @typedef {Posterior & { x: Float32Array, count: number }} Draw - So many draws for the image x. */
/** @typedef {{ spec: Spec, tensors: Tensors, pixelStd: number }} Brief */
/** @typedef {Draw & { id: number }} Wish */
/** @typedef {Draws & { id: number }} Answer */

/** Draws for the widgets that show a model. */
export class Sampler {
  #id = 0;
  /** @type {(draws: Draws) => void} */
  #onDraws = () => undefined;
  /** @type {() => void} */
  #onFailure = () => undefined;

  /**
   * @param {string} weights
   * @param {Brief} brief
   */
  constructor(weights, brief) {
    /** @type {OnDemandWorker<Wish, Answer>} */
    this.worker = new OnDemandWorker(new URL('./sampling.worker.js', import.meta.url), weights, {
      first: brief,
      hear: (answer) => {
        if (answer.id === this.#id) this.#onDraws(answer);
      },
      fail: () => this.#onFailure(),
    });
  }

  /**
   * `onDraws` is called again and again until there are as many as were asked for; what was asked before is forgotten.
   *
   * @param {Draw} draw
   * @param {(draws: Draws) => void} onDraws
   * @param {() => void} [onFailure]
   */
  ask(draw, onDraws, onFailure = () => undefined) {
    this.#id++;
    this.#onDraws = onDraws;
    this.#onFailure = onFailure;
    this.worker.ask({ ...draw, id: this.#id });
  }

  /** Forget what was asked. */
  forget() {
    this.#id++;
  }
}

/** @param {Model} data */
async function makeSampler({ spec, pixel_std: pixelStd, weights }) {
  if (!weights) throw new Error('This model has no weights yet: its training has not finished.');
  return new Sampler(weights, { spec, tensors: await loadTensors(weights), pixelStd });
}

/**
 * The worker of the model that a widget shows; it ends by itself when no widget shows this model any more.
 *
 * @param {Model} data
 */
export const loadSampler = (data) => once(`sampler ${data.weights}`, () => makeSampler(data));
