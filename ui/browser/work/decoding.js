// Many codes at once: one worker for each model, asked by channels.
import { loadDecoder, loadTable, loadTables } from './load.js';

class Batch {
  constructor(spec, tensors, mu, kl) {
    this.calls = new Map();
    this.reach = Infinity;
    this.worker = new Worker(new URL('./decoding.worker.js', import.meta.url), { type: 'module' });
    let known;
    /** Kept once `reach`, the distance beyond which there is no data, is known. */
    this.ready = new Promise((resolve) => (known = resolve));
    this.worker.onmessage = ({ data }) => {
      if (data.reach) known((this.reach = data.reach));
      else if (this.calls.get(data.channel)?.id === data.id) this.calls.get(data.channel).onPart(data);
    };
    this.worker.postMessage({ spec, tensors, mu, kl });
  }

  /**
   * Decode the rows of `codes`, a Float32Array. `onPart({from, images, distances, done})` comes a few times: `images` are rows
   * `from`, `from` + 1, … as bytes, channels first; `distances` of their codes to the nearest test code, if there are any.
   * What was asked before on the same channel is forgotten.
   */
  ask(channel, codes, onPart) {
    const id = (this.calls.get(channel)?.id ?? 0) + 1;
    this.calls.set(channel, { id, onPart });
    this.worker.postMessage({ channel, id, codes });
  }
}

const batches = new Map();

/** The worker of the model of a widget's data. */
export function loadBatch(data) {
  if (!batches.has(data.weights)) {
    const make = async () => {
      await loadDecoder(data); // weights that cannot be used are said here, not in the worker
      return new Batch(
        data.spec,
        await loadTable(data.weights),
        (await loadTables(data, 'codes'))[0]?.mu.data,
        data.kl,
      );
    };
    batches.set(data.weights, make());
  }
  return batches.get(data.weights);
}
