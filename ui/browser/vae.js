// One VAE in the browser: encode, decode and the mean image, and the tables that come by URL. No DOM, runs in node as well.
import { network, parseSafetensors, product } from './tensor.js';

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

const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
const logNormalizer = (t) => (Math.abs(t) < 1e-2 ? Math.LN2 + (t * t) / 12 : Math.log(t / Math.tanh(t / 2)));
const crossEntropy = (t, x) => softplus(t) - t * x;
const DISTORTIONS = {
  grayscale: crossEntropy,
  bernoulli: crossEntropy,
  'continuous-bernoulli': (t, x) => crossEntropy(t, x) - logNormalizer(t),
  gaussian: (t, x, std) => 0.5 * ((x - t) / std) ** 2 + Math.log(std) + 0.5 * Math.log(2 * Math.PI),
};

/** -log p(x|z) in nats of an image in 0..1, from what the decoder returned. */
export function distortion(output, x, likelihood, pixelStd = 1) {
  const term = DISTORTIONS[likelihood];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term(output[i], x[i], pixelStd);
  return sum;
}

/** KL(N(mu, exp(logvar)) || N(0, 1)) per latent dimension, nats (Kingma & Welling 2014, appendix B). */
export const rates = (mu, logvar) => Array.from(mu, (m, i) => 0.5 * (m * m + Math.expm1(logvar[i]) - logvar[i]));

function requireLength(values, expected, what) {
  if (values.length !== expected) throw new Error(`${what} has ${values.length} numbers, expected ${expected}.`);
}

/** The model of a browser_spec and its tensors. Returned arrays are reused: copy what must outlive the next call. */
export function buildVae(spec, tensors) {
  const { image_shape: shape, latent_dim: latent, logvar_bound: bound, likelihood } = spec;
  const toMean = MEANS[likelihood];
  if (!toMean) throw new Error(`The browser does not know the likelihood ${likelihood}.`);
  const runEncoder = network(spec.encoder, tensors, 'encoder', shape);
  const runDecoder = network(spec.decoder, tensors, 'decoder', [latent]);
  const pixels = product(shape);
  const image = new Float32Array(pixels);
  const decode = (z) => {
    requireLength(z, latent, 'A code');
    return runDecoder(z);
  };
  const encode = (x) => {
    requireLength(x, pixels, 'An image');
    const raw = runEncoder(x);
    return { mu: raw.slice(0, latent), logvar: raw.slice(latent).map((r) => bound * Math.tanh(r / bound)) };
  };
  const mean = (z) => {
    const output = decode(z);
    for (let i = 0; i < pixels; i++) image[i] = toMean(output[i]);
    return image;
  };
  return { shape, latent, likelihood, encode, decode, mean };
}

const promises = new Map();

// A failure is forgotten, so that the next mount tries again.
function once(key, make) {
  if (!promises.has(key)) promises.set(key, make().catch((error) => { promises.delete(key); throw error; }));
  return promises.get(key);
}

async function fetchBytes(url) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error('The server cannot be reached. Reload the page.');
  }
  if (!response.ok) throw new Error((await response.text()).slice(0, 200) || `The server answered ${response.status}.`);
  return response.arrayBuffer();
}

/** The tensors {name: {shape, data}} of a table; one download per URL and page. */
export const loadTable = (url) => once(url, async () => parseSafetensors(await fetchBytes(url)));

/** The model whose weights are at a URL; all widgets of a page share it. */
export async function loadVae(spec, url) {
  if (!url) throw new Error('This model has no weights yet: its training has not finished.');
  return once(`vae ${url}`, async () => buildVae(spec, await loadTable(url)));
}

/** The model of a widget's data and the named tables, null for one that there is not. */
export const load = ({ spec, weights, tables }, ...names) =>
  Promise.all([loadVae(spec, weights), ...names.map((name) => tables[name] && loadTable(tables[name]))]);
