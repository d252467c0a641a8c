// What a model is to the browser: types for the checker, never loaded by a browser.

/** @import { Layer } from './layers.js' */

/** @typedef {[channels: number, height: number, width: number]} Shape */

/** @typedef {{ name: string } & Record<string, unknown>} Kind - A key of the table in kit/sample.js, and its facts. */

/**
 * A model as Python describes it; its weights come on their own.
 *
 * @typedef {object} Spec
 * @property {Shape} image_shape
 * @property {Kind} [kind] - what its examples are; images where it is left out
 * @property {number} latent_dim
 * @property {string} likelihood
 * @property {number} logvar_bound
 * @property {Layer[]} encoder
 * @property {Layer[]} decoder
 */

/** @typedef {{ mu: Float32Array, logvar: Float32Array }} Posterior */

/** @typedef {(x: Float32Array) => Posterior} Encode - From an image in 0..1, channels first. */

/**
 * @typedef {object} Decoder
 * @property {Shape} shape
 * @property {number} latent
 * @property {string} likelihood
 * @property {(z: Float32Array) => Float32Array} decode - what the likelihood takes; copy it to keep it
 * @property {(z: Float32Array) => Float32Array} mean - the image in 0..1, channels first
 */

export {};
