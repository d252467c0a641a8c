// One VAE in the browser: encode, decode and the mean image.
import { network } from './layers.js';
import { LIKELIHOODS } from './likelihood.js';
import { product } from './safetensors.js';

/** @import { Layer } from './layers.js' */
/** @import { Tensors } from './safetensors.js' */
/** @typedef {[channels: number, height: number, width: number]} Shape */
/**
 * A model as Python describes it; its weights come on their own.
 *
 * @typedef {object} Spec
 * @property {Shape} image_shape
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

/**
 * @param {Float32Array} values
 * @param {number} expected
 * @param {string} what
 */
function requireLength(values, expected, what) {
  if (values.length !== expected) throw new Error(`${what} has ${values.length} numbers, expected ${expected}.`);
}

/**
 * @param {Omit<Spec, 'encoder' | 'logvar_bound'>} spec
 * @param {Tensors} tensors
 * @returns {Decoder}
 */
export function buildDecoder({ image_shape: shape, latent_dim: latent, likelihood, decoder }, tensors) {
  if (!LIKELIHOODS[likelihood]) throw new Error(`The browser does not know the likelihood ${likelihood}.`);
  const run = network(decoder, tensors, 'decoder', [latent]);
  const { mean: toMean } = LIKELIHOODS[likelihood];
  /** @param {Float32Array} z */
  const decode = (z) => {
    requireLength(z, latent, 'A code');
    return run(z);
  };
  return { shape, latent, likelihood, decode, mean: (z) => toMean(decode(z)) };
}

/**
 * The function from an image to its posterior, whose arrays are new ones at each call.
 *
 * @param {Omit<Spec, 'decoder' | 'likelihood'>} spec
 * @param {Tensors} tensors
 * @returns {Encode}
 */
export function buildEncoder({ image_shape: shape, latent_dim: latent, logvar_bound: bound, encoder }, tensors) {
  if (!encoder?.length)
    throw new Error('This model has no encoder, so no image can be given a code. Choose another model.');
  const run = network(encoder, tensors, 'encoder', shape);
  return (x) => {
    requireLength(x, product(shape), 'An image');
    const raw = run(x);
    return { mu: raw.slice(0, latent), logvar: raw.slice(latent).map((r) => bound * Math.tanh(r / bound)) };
  };
}

/**
 * Both halves of a model in one.
 *
 * @param {Spec} spec
 * @param {Tensors} tensors
 */
export const buildVae = (spec, tensors) => ({ ...buildDecoder(spec, tensors), encode: buildEncoder(spec, tensors) });
