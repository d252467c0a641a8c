// What widgets share of a model: types for the checker, never loaded by a browser.

/** @import { Posterior } from '../core/spec.js' */

/** @typedef {Record<string, string>} Address - A text for each key. */

/**
 * The posterior that is looked at; of an image x, where it is at hand. `index` says which test image, null if none.
 *
 * @typedef {Posterior & { words: string, x?: Float32Array, index?: number | null }} Chosen
 */

export {};
