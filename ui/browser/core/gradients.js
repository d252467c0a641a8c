// One image's gradients, and two estimators of the gradient of its expected distortion. Pure: no DOM.
import { LIKELIHOODS, placesOf } from './likelihood.js';
import { prior } from './prior.js';
import { tape } from './tape.js';

/** @import { Numbers } from './likelihood.js' */
/** @import { Tensors } from './safetensors.js' */
/** @import { LayerNorms } from './tape.js' */
/** @import { Posterior, Spec } from './spec.js' */
/**
 * What arrives at the posterior and behind it.
 *
 * @typedef {{ dMu: Float32Array, dLogvar: Float32Array, layers: LayerNorms[] }} Passed
 */
/**
 * What one draw says.
 *
 * @typedef {object} Decoded
 * @property {Float32Array} z
 * @property {Float32Array} sigma
 * @property {number} distortion - nats
 * @property {Float32Array} dz - the gradient of the distortion
 * @property {LayerNorms[]} decoder
 */
/** @typedef {{ distortion: Passed, rate: Passed, total: Passed }} Parts */
/** @typedef {Posterior & Decoded & { rate: number, encoder: Parts }} ImageGradients */
/**
 * Of each draw the pathwise gradient and that of log q, by mu and then by logvar, one row after the other; f is the
 * distortion.
 *
 * @typedef {{ pathwise: Float32Array, scores: Float32Array, f: Float64Array }} Estimates
 */
/** @typedef {{ beta?: number, blocked?: boolean }} Options */
/** @typedef {ReturnType<typeof buildGradients>} Gradients */

/**
 * The function that decodes a draw and passes the distortion's slope back to it.
 *
 * @param {Spec} spec
 * @param {Tensors} tensors
 * @param {number} pixelStd
 */
function decoding(spec, tensors, pixelStd) {
  const decoder = tape(spec.decoder, tensors, 'decoder', [spec.latent_dim]);
  const { distortion, slope } = LIKELIHOODS[spec.likelihood];
  const places = placesOf(spec.image_shape);
  /**
   * @param {Float32Array} x
   * @param {Posterior} posterior
   * @param {Float32Array} eps
   * @param {boolean} [norms]
   * @returns {Decoded & { pathwise: Float32Array }}
   */
  return (x, { mu, logvar }, eps, norms) => {
    const sigma = logvar.map((v) => Math.exp(v / 2));
    const z = mu.map((m, i) => m + sigma[i] * eps[i]);
    const output = decoder.forward(z);
    const { input: dz, layers } = decoder.backward(slope(output, x, pixelStd, places), norms);
    const pathwise = Float32Array.of(...dz, ...dz.map((d, i) => (d * eps[i] * sigma[i]) / 2));
    const cost = distortion(output, x, pixelStd, places);
    return { z, sigma, distortion: cost, dz, pathwise, decoder: layers };
  };
}

/**
 * The encoder's two ways: an image to its posterior, and a gradient by mu and then by logvar to what passes on.
 *
 * @param {Spec} spec
 * @param {Tensors} tensors
 */
function encoding({ image_shape: shape, latent_dim: latent, logvar_bound: bound, encoder }, tensors) {
  const { forward, backward } = tape(encoder, tensors, 'encoder', shape);
  /** @type {Posterior} */
  let posterior = { mu: new Float32Array(), logvar: new Float32Array() };
  /** @param {Float32Array} x */
  const encode = (x) => {
    const raw = forward(x);
    posterior = { mu: raw.slice(0, latent), logvar: raw.slice(latent).map((r) => bound * Math.tanh(r / bound)) };
    return posterior;
  };
  /**
   * @param {Float32Array} slopes
   * @returns {Passed}
   */
  const back = (slopes) => {
    const dMu = slopes.slice(0, latent);
    const dLogvar = slopes.slice(latent);
    const dRaw = dLogvar.map((v, i) => v * (1 - (posterior.logvar[i] / bound) ** 2));
    return { dMu, dLogvar, layers: backward([...dMu, ...dRaw]).layers };
  };
  return { encode, back };
}

/**
 * {gradients, estimates} of a model; the second needs the decoder's tensors only.
 *
 * @param {Spec} spec
 * @param {Tensors} tensors
 * @param {number} [pixelStd]
 */
export function buildGradients(spec, tensors, pixelStd = 1) {
  const decode = decoding(spec, tensors, pixelStd);
  /** @type {ReturnType<typeof encoding> | null} */
  let encoder = null;

  /**
   * Of distortion + beta · rate. When blocked, the distortion's gradients stop at the sampling, as if z came from a
   * plain random call.
   *
   * @param {Float32Array} x
   * @param {Float32Array} eps
   * @param {Options} [options]
   * @returns {ImageGradients}
   */
  const gradients = (x, eps, { beta = 1, blocked = false } = {}) => {
    encoder ??= encoding(spec, tensors);
    const { encode, back } = encoder;
    const { mu, logvar } = encode(x);
    const { pathwise, ...decoded } = decode(x, { mu, logvar }, eps);
    if (blocked) pathwise.fill(0);
    const ofRate = prior.slope(mu, logvar).map((v) => beta * v);
    const parts = {
      distortion: back(pathwise),
      rate: back(ofRate),
      total: back(pathwise.map((v, i) => v + ofRate[i])),
    };
    return { mu, logvar, ...decoded, rate: prior.rate(mu, logvar), encoder: parts };
  };

  /**
   * Of E_q[distortion] in μ, then log σ², with draws ε of normal().
   *
   * @param {Float32Array} x
   * @param {Posterior} posterior
   * @param {number} samples
   * @param {() => number} normal
   * @returns {Estimates}
   */
  const estimates = (x, { mu, logvar }, samples, normal) => {
    /** @type {number[]} */
    const pathwise = [];
    /** @type {number[]} */
    const scores = [];
    const f = Float64Array.from({ length: samples }, () => {
      const eps = mu.map(() => normal());
      const draw = decode(x, { mu, logvar }, eps, false);
      pathwise.push(...draw.pathwise);
      scores.push(...eps.map((e, i) => e / draw.sigma[i]), ...eps.map((e) => (e * e - 1) / 2));
      return draw.distortion;
    });
    return { pathwise: Float32Array.from(pathwise), scores: Float32Array.from(scores), f };
  };
  return { gradients, estimates };
}

/**
 * Rows f ∇log q. With baseline, f less the mean of all other f, which do not depend on a draw's own ε.
 *
 * @param {Numbers} f
 * @param {Float32Array} scores
 * @param {boolean} [baseline]
 */
export function scoreFunction(f, scores, baseline = false) {
  const count = f.length;
  const mean = baseline ? Array.from(f).reduce((a, b) => a + b, 0) / count : 0;
  const scale = baseline ? count / (count - 1) : 1;
  return scores.map((s, i) => s * (f[Math.floor((i * count) / scores.length)] - mean) * scale);
}

/**
 * {mean, variance} of each column of rows: the variance of a single sample.
 *
 * @param {Float32Array} rows
 * @param {number} width
 */
export function summary(rows, width) {
  const count = rows.length / width;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  rows.forEach((v, i) => {
    mean[i % width] += v / count;
  });
  rows.forEach((v, i) => {
    variance[i % width] += (v - mean[i % width]) ** 2 / (count - 1);
  });
  return { mean, variance };
}
