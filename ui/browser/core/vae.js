// One VAE in the browser: encode, decode and the mean image.
import { network } from './layers.js';
import { product } from './safetensors.js';

const sigmoid = (t) => 1 / (1 + Math.exp(-t));

// Loaiza-Ganem & Cunningham (2019), eq. 8, in the logit t of lambda: the same as
// lambda / (2 lambda - 1) + 1 / (2 artanh(1 - 2 lambda)), without its cancellation.
const continuousMean = (t) => (Math.abs(t) < 1e-2 ? 0.5 + t / 12 : 1 / (1 - Math.exp(-t)) - 1 / t);
const MEANS = {
  grayscale: sigmoid,
  bernoulli: sigmoid,
  'continuous-bernoulli': continuousMean,
  gaussian: (value) => Math.min(1, Math.max(0, value)),
};

function requireLength(values, expected, what) {
  if (values.length !== expected) throw new Error(`${what} has ${values.length} numbers, expected ${expected}.`);
}

/** {shape, latent, likelihood, decode, mean} of a browser_spec. Returned arrays are reused: copy what must outlive the next call. */
export function buildDecoder({ image_shape: shape, latent_dim: latent, likelihood, decoder }, tensors) {
  const toMean = MEANS[likelihood];
  if (!toMean) throw new Error(`The browser does not know the likelihood ${likelihood}.`);
  const run = network(decoder, tensors, 'decoder', [latent]),
    image = new Float32Array(product(shape));
  const decode = (z) => {
    requireLength(z, latent, 'A code');
    return run(z);
  };
  const mean = (z) => {
    const output = decode(z);
    for (let i = 0; i < image.length; i++) image[i] = toMean(output[i]);
    return image;
  };
  return { shape, latent, likelihood, decode, mean };
}

/** The function from an image in 0..1 to its posterior {mu, logvar}, arrays of their own. */
export function buildEncoder({ image_shape: shape, latent_dim: latent, logvar_bound: bound, encoder }, tensors) {
  if (!encoder?.length)
    throw new Error('This model has no encoder, so no image can be given a code. Choose another model.');
  const run = network(encoder, tensors, 'encoder', shape),
    pixels = product(shape);
  return (x) => {
    requireLength(x, pixels, 'An image');
    const raw = run(x);
    return { mu: raw.slice(0, latent), logvar: raw.slice(latent).map((r) => bound * Math.tanh(r / bound)) };
  };
}

/** Both halves of a model in one. */
export const buildVae = (spec, tensors) => ({ ...buildDecoder(spec, tensors), encode: buildEncoder(spec, tensors) });
