// Gradients of a model by a worker of their own, so that no drag waits for them.
import { loadTensors } from './load.js';
import { once } from './once.js';
import { OnDemandWorker } from './ondemand.js';

/** @import { Estimates, ImageGradients } from '../core/gradients.js' */
/** @import { Tensors } from '../core/safetensors.js' */
/** @import { Posterior, Spec } from '../core/spec.js' */
/** @import { Model } from './told.js' */
/**
 * @typedef {{ x: Float32Array, eps: Float32Array, blocked?: boolean }} One - one draw; blocked: its gradient stops at z
 * @typedef {Posterior & { x: Float32Array, eps: Float32Array }} Many - draws of one posterior, eps row by row
 * @typedef {{ parts: Estimates[], done: boolean }} Some - one part for each draw, in the order of eps
 * @typedef {{ one: One, many: Many }} Wishes
 * @typedef {{ one: ImageGradients, many: Some }} Answers
 * @typedef {keyof Wishes} Kind
 * @typedef {{ spec: Spec, tensors: Tensors, pixelStd: number }} Brief
 */
/**
 * @template {Kind} [K=Kind]
 * @typedef {{ [Each in K]: { kind: Each, id: number, wish: Wishes[Each] } }[K]} Job
 */
/**
 * @template {Kind} [K=Kind]
 * @typedef {{ [Each in K]: { kind: Each, id: number, answer: Answers[Each] } }[K]} Done
 */
/**
 * What was asked last of one kind, and what waits for the answer to an earlier wish.
 *
 * @template {Kind} K
 * @typedef {{ id: number, busy: boolean, waiting: Wishes[K] | null, hear: (answer: Answers[K]) => void }} Call
 */

/** @returns {Call<any>} */
const noCall = () => ({ id: 0, busy: false, waiting: null, hear: () => undefined });

/** Computes for all widgets that show a model. */
export class Backpropagation {
  /** @type {{ [K in Kind]: Call<K> }} */
  #calls = { one: noCall(), many: noCall() };

  /**
   * @param {string} weights
   * @param {Brief} brief
   */
  constructor(weights, brief) {
    /** @type {OnDemandWorker<Job, Done>} */
    this.worker = new OnDemandWorker(new URL('./backpropagation.worker.js', import.meta.url), weights, {
      first: brief,
      hear: ({ kind, id, answer }) => this.#hear(kind, id, answer),
      end: () => {
        this.#calls.one.busy = false;
      },
    });
  }

  /**
   * Ask for the gradients of `one` draw, or the estimates of `many`, which come again and again. What waits is replaced
   * by a newer wish; of one draw an older answer is still heard.
   *
   * @template {Kind} K
   * @param {K} kind
   * @param {Wishes[K]} wish
   * @param {(answer: Answers[K]) => void} hear
   */
  ask(kind, wish, hear) {
    /** @type {Call<K>} */
    const call = this.#calls[kind];
    call.id++;
    call.waiting = wish;
    call.hear = hear;
    if (!call.busy) this.#send(kind);
  }

  /** @param {Kind} kind */
  #send(kind) {
    const call = this.#calls[kind];
    const { id, waiting: wish } = call;
    if (!wish) return;
    call.waiting = null;
    call.busy = kind === 'one'; // many draws are broken off by a newer wish
    this.worker.ask(/** @type {Job} */ ({ kind, id, wish }));
  }

  /**
   * @template {Kind} K
   * @param {K} kind
   * @param {number} id
   * @param {Answers[K]} answer
   */
  #hear(kind, id, answer) {
    /** @type {Call<K>} */
    const call = this.#calls[kind];
    call.busy = false;
    if (kind === 'one' || id === call.id) call.hear(answer);
    this.#send(kind);
  }
}

/** @param {Model} data */
async function make({ spec, pixel_std: pixelStd, weights, encoder }) {
  if (!weights || !encoder) throw new Error('This model is not here as a whole, so it has no gradients.');
  const [one, other] = await Promise.all([weights, encoder].map(loadTensors));
  return new Backpropagation(weights, { spec, tensors: { ...one, ...other }, pixelStd });
}

/**
 * The function that asks for gradients of the model that a widget shows.
 *
 * @param {Model} data
 */
export async function loadGradients(data) {
  const backpropagation = await once(`gradients ${data.weights}`, () => make(data));
  return backpropagation.ask.bind(backpropagation);
}
