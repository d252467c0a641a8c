// The images decoded from a cloud of draws, beside the one image that a single draw gives.
import { el, picture } from '../kit/elements.js';
import { drawPixels } from '../kit/sample.js';
import { loadBatch } from '../work/decoding.js';

/** @import { Store } from '../state/store.js' */
/** @import { ModelData } from '../work/told.js' */

const DECODED = 24;

/** The first images of the store's cloud. */
export class Film {
  /**
   * @param {ModelData} data
   * @param {Store} store
   */
  constructor(data, store) {
    this.data = data;
    this.store = store;
    this.canvases = Array.from({ length: DECODED }, () => picture(''));
    const label = `${DECODED} images decoded from the cloud`;
    this.node = el('div', { class: 'cloud', hidden: true, 'aria-label': label }, this.canvases);
    this.decoded = '';
  }

  async show() {
    const { cloud, vae } = this.store;
    this.node.hidden = !cloud;
    const codes = Float32Array.from((cloud ?? []).slice(0, DECODED).flatMap((code) => [...code]));
    const known = codes.join();
    if (known === this.decoded) return;
    this.decoded = known;
    if (!cloud) return;
    const batch = await loadBatch(this.data);
    batch.ask('cloud', codes, ({ from, images }) => {
      images.forEach((image, i) => drawPixels(this.canvases[from + i], image, vae.shape, 255));
    });
  }
}
