// The kept codes A to D as the paths use them: their letters, what is seen of them, and their images.
import { loadBatch } from '../work/decoding.js';

/** @import { Store } from '../state/store.js' */
/** @import { Model } from '../work/told.js' */
/** @typedef {[code: Float32Array, canvas: HTMLCanvasElement]} Cell - A code and where its image is shown. */

export const LETTERS = [...'ABCD'];

/**
 * The shares 0 to 1 in so many steps.
 *
 * @param {number} count
 */
export const steps = (count) => Array.from({ length: count + 1 }, (_, i) => i / count);

/**
 * A code as it is decoded.
 *
 * @param {Pick<Store, 'off'>} store
 * @param {Float32Array} code
 */
export const seen = ({ off }, code) => code.map((value, i) => (off.has(i) ? 0 : value));

/**
 * Decode codes as they are seen, in the worker; `show(image, i)` comes for each.
 *
 * @param {{ data: Model, store: Store }} of
 * @param {string} channel
 * @param {Float32Array[]} codes
 * @param {(image: Uint8ClampedArray, i: number) => void} show
 */
export async function decode({ data, store }, channel, codes, show) {
  const batch = await loadBatch(data);
  const flat = Float32Array.from(codes.flatMap((code) => [...seen(store, code)]));
  await new Promise((resolve) =>
    batch.ask(channel, flat, ({ from, images, done }) => {
      images.forEach((image, i) => show(image, from + i));
      if (done) resolve(null);
    }),
  );
}
