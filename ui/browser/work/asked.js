// What is asked of the decoding worker, and what it answers: types for the checker, never loaded by a browser.

/** @import { Tensors } from '../core/safetensors.js' */
/** @import { Spec } from '../core/spec.js' */

/**
 * Some of the rows that were asked for.
 *
 * @typedef {object} Part
 * @property {number} from - the first of these rows
 * @property {Uint8ClampedArray[]} images - one a row, channels first
 * @property {number[]} distances - of the codes to the nearest test code, if there are any
 * @property {boolean} done - whether these are the last
 */

/** @typedef {(part: Part) => void} OnPart */

/** @typedef {{ spec: Spec, tensors: Tensors, mu?: Float32Array, kl: number[] | null }} Brief */

/** @typedef {{ channel: string, id: number, codes: Float32Array }} Wish */

/** @typedef {{ reach: number } | (Part & { channel: string, id: number })} Answer */

export {};
