// The film-strips of the sliders: soon brought to what is decoded now, those first that can be seen.
import { drawPixels } from '../kit/sample.js';
import { loadBatch } from '../work/decoding.js';

/** @import { Store } from '../state/store.js' */
/** @import { Batch } from '../work/decoding.js' */
/** @import { Model } from '../work/told.js' */
/** @import { Dimension } from './dimension.js' */

const SOON_MS = 90;

/** Keeps the film-strips of dimensions up to date, decoded by the worker. */
export class Films {
  /**
   * @param {Model} data
   * @param {Store} store
   * @param {Dimension[]} dimensions
   */
  constructor(data, store, dimensions) {
    this.store = store;
    this.dimensions = dimensions;
    /** @type {WeakMap<HTMLCanvasElement, string>} - the code that a tile shows */
    this.shown = new WeakMap();
    /** @type {Batch | null} */
    this.batch = null;
    this.busy = false;
    /** @param {Batch} batch */
    const start = (batch) => {
      this.batch = batch;
      this.refresh();
    };
    loadBatch(data).then(start, () => undefined); // no worker, no film-strips
  }

  refresh() {
    if (!this.batch || this.busy) return;
    this.busy = true;
    const { batch } = this;
    setTimeout(() => this.#ask(batch), SOON_MS);
  }

  // The strip of the dimension under the hand is the same from anywhere on it, so it stays.
  #stale() {
    return this.dimensions
      .filter(({ node }) => !(node.parentElement instanceof HTMLDetailsElement) || node.parentElement.open)
      .flatMap((dimension) => dimension.codes().map((code, k) => ({ canvas: dimension.tiles[k], code })))
      .filter(({ canvas, code }) => this.shown.get(canvas) !== String(code));
  }

  /** @param {Batch} batch */
  #ask(batch) {
    const stale = this.#stale();
    this.busy = stale.length > 0;
    if (!this.busy) return;
    const codes = Float32Array.from(stale.flatMap(({ code }) => [...code]));
    batch.ask('films', codes, ({ from, images, done }) => {
      images.forEach((pixels, i) => {
        const { canvas, code } = stale[from + i];
        drawPixels(canvas, pixels, this.store.vae.shape, 255);
        this.shown.set(canvas, String(code));
      });
      this.busy = !done;
      this.refresh();
    });
  }
}
