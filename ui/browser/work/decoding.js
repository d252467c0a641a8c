// Many codes at once: one worker for each model, asked by channels.
import { loadDecoder, loadTables, loadTensors } from './load.js';
import { once } from './once.js';
import { OnDemandWorker } from './ondemand.js';

/** @import { Answer, Brief, OnPart, Wish } from './asked.js' */
/** @import { Model } from './told.js' */

/** Decodes for all widgets that show a model. */
export class Batch {
  /** @type {Map<string, { id: number, onPart: OnPart }>} */
  #calls = new Map();
  /** @type {(reach: number) => void} */
  #know = () => undefined;

  /**
   * @param {string} weights
   * @param {Brief} brief
   */
  constructor(weights, brief) {
    /** The distance beyond which there is no data. */
    this.reach = Infinity;
    /** @type {Promise<number>} - kept once `reach` is known */
    this.ready = new Promise((resolve) => {
      this.#know = resolve;
    });
    /** @type {OnDemandWorker<Wish, Answer>} */
    this.worker = new OnDemandWorker(new URL('./decoding.worker.js', import.meta.url), weights, {
      first: brief,
      hear: (answer) => this.#hear(answer),
    });
  }

  /** @param {Answer} answer */
  #hear(answer) {
    if ('reach' in answer) {
      this.reach = answer.reach;
      this.#know(answer.reach);
      return;
    }
    const call = this.#calls.get(answer.channel);
    if (call?.id === answer.id) call.onPart(answer);
  }

  /**
   * Decode the rows of `codes`; `onPart` is called a few times. What was asked before on the same channel is forgotten.
   *
   * @param {string} channel
   * @param {Float32Array} codes
   * @param {OnPart} onPart
   */
  ask(channel, codes, onPart) {
    const id = (this.#calls.get(channel)?.id ?? 0) + 1;
    this.#calls.set(channel, { id, onPart });
    this.worker.ask({ channel, id, codes });
  }
}

/** @param {Model} data */
async function makeBatch(data) {
  await loadDecoder(data); // weights that cannot be used are said here, not in the worker
  const weights = /** @type {string} */ (data.weights);
  const [tensors, [codes]] = await Promise.all([loadTensors(weights), loadTables(data, 'codes')]);
  return new Batch(weights, { spec: data.spec, tensors, mu: codes?.mu.data, kl: data.kl });
}

/**
 * The worker of the model that a widget shows; it ends by itself when no widget shows this model any more.
 *
 * @param {Model} data
 */
export async function loadBatch(data) {
  const batch = await once(`batch ${data.weights}`, () => makeBatch(data));
  batch.worker.start(); // it needs a moment: the first wish should not wait for it
  return batch;
}
