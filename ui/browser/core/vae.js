// One VAE in the browser: encode, decode and the mean image.
import { network } from './layers.js';
import { LIKELIHOODS, placesOf } from './likelihood.js';
import { product } from './safetensors.js';

/** @import { Tensors } from './safetensors.js' */
/** @import { Decoder, Encode, Spec } from './spec.js' */

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
  const places = placesOf(shape);
  /** @param {Float32Array} z */
  const decode = (z) => {
    requireLength(z, latent, 'A code');
    return run(z);
  };
  return { shape, latent, likelihood, decode, mean: (z) => toMean(decode(z), places) };
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
