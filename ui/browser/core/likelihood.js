// The likelihoods as the core has them: one entry each, over a whole output of the decoder.

/** @import { Shape } from './spec.js' */
/** @typedef {ArrayLike<number>} Numbers */
/**
 * `output` is what the decoder returned, x an example of the same length, `std` the standard deviation of a Gaussian
 * pixel, `places` how many numbers there are in a channel: pixels of an image, letters of a word.
 *
 * @typedef {object} Likelihood
 * @property {(output: Numbers, x: Numbers, std: number, places: number) => number} distortion - −log p(x|z), nats
 * @property {(output: Float32Array, x: Numbers, std: number, places: number) => Float32Array} slope - of the
 *   distortion, by the output
 * @property {(output: Float32Array, places: number) => Float32Array} mean - of p(x|z), 0..1, an array of its own
 * @property {boolean} floored - Is x's own entropy a floor that no decoder can undercut?
 * @property {boolean} [signed] - May it be negative?
 * @property {string} words - what the distortion is
 * @property {number} [step] - nats: the scale of one example's bars ends at a multiple of it
 * @property {string} caveat - what to know of the bound
 */

/** @param {number} t */
const sigmoid = (t) => 1 / (1 + Math.exp(-t));
/** @param {number} t */
const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

/**
 * −log p of a pixel that is 1 with probability sigmoid(t).
 *
 * @param {number} t
 * @param {number} x
 */
const crossEntropy = (t, x) => softplus(t) - t * x;

/**
 * Loaiza-Ganem & Cunningham (2019), eq. 8, in the logit t of λ: the same as λ / (2λ − 1) + 1 / (2 artanh(1 − 2λ)),
 * without its cancellation.
 *
 * @param {number} t
 */
const continuousMean = (t) => (Math.abs(t) < 1e-2 ? 0.5 + t / 12 : 1 / (1 - Math.exp(-t)) - 1 / t);
/** @param {number} t */
const logNormalizer = (t) => (Math.abs(t) < 1e-2 ? Math.LN2 + (t * t) / 12 : Math.log(t / Math.tanh(t / 2)));

/**
 * @param {(t: number, x: number, std: number) => number} term
 * @returns {Likelihood['distortion']}
 */
const overPixels = (term) => (output, x, std) => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term(output[i], x[i], std);
  return sum;
};

/**
 * What the likelihoods of a logit share: all are exponential families, so the slope is the mean less the pixel.
 *
 * @param {(t: number) => number} toMean
 * @param {(t: number, x: number) => number} term
 * @returns {Pick<Likelihood, 'distortion' | 'slope' | 'mean'>}
 */
const ofLogits = (toMean, term) => ({
  distortion: overPixels(term),
  slope: (output, x) => output.map((t, i) => toMean(t) - x[i]),
  mean: (output) => output.map(toMean),
});

const DENSITY = {
  floored: false,
  signed: true,
  words: '−log p(x|z), a density: it may be negative',
  caveat: 'The likelihood is a density: −log p(x|z), and so the bound, may be negative (hatched).',
};

/**
 * The log probabilities of the channels at each place, from their logits.
 *
 * @param {Numbers} output
 * @param {number} places
 */
function logSoftmax(output, places) {
  const result = Float64Array.from(output);
  for (let place = 0; place < places; place++) {
    let most = -Infinity;
    for (let i = place; i < result.length; i += places) most = Math.max(most, result[i]);
    let sum = 0;
    for (let i = place; i < result.length; i += places) sum += Math.exp(result[i] - most);
    const whole = most + Math.log(sum);
    for (let i = place; i < result.length; i += places) result[i] -= whole;
  }
  return result;
}

/**
 * At each place the mean less x, where x is one letter, or as many as its shares add up to.
 *
 * @type {Likelihood['slope']}
 */
function letterSlope(output, x, _std, places) {
  const count = new Float64Array(places);
  for (let i = 0; i < x.length; i++) count[i % places] += x[i];
  return Float32Array.from(logSoftmax(output, places), (log, i) => Math.exp(log) * count[i % places] - x[i]);
}

/** @type {Record<string, Likelihood>} */
export const LIKELIHOODS = {
  grayscale: {
    ...ofLogits(sigmoid, crossEntropy),
    floored: true,
    words: 'the cross-entropy of the grey pixels; even a perfect x̂ costs their own entropy',
    caveat:
      'This model compares grey pixels by their cross-entropy, which is the probability of no image. ' +
      'So “p(x|z)” stands here for exp(−cross-entropy): the arithmetic of the bound is the same. ' +
      'The mark is the floor, the pixels’ own entropy: no decoder can pay less.',
  },
  bernoulli: {
    ...ofLogits(sigmoid, crossEntropy),
    floored: true,
    words: '−log p(x|z), the grey pixels taken as probabilities',
    caveat:
      'This model’s pixels are black or white; grey ones are taken as probabilities. ' +
      'The mark is their own entropy, which no decoder can undercut.',
  },
  'continuous-bernoulli': {
    ...ofLogits(continuousMean, (t, x) => crossEntropy(t, x) - logNormalizer(t)),
    ...DENSITY,
  },
  gaussian: {
    distortion: overPixels((t, x, std) => 0.5 * ((x - t) / std) ** 2 + Math.log(std) + 0.5 * Math.log(2 * Math.PI)),
    slope: (output, x, std) => output.map((t, i) => (t - x[i]) / std ** 2),
    mean: (output) => output.map((t) => Math.min(1, Math.max(0, t))),
    ...DENSITY,
  },
  categorical: {
    distortion: (output, x, _std, places) => -logSoftmax(output, places).reduce((sum, log, i) => sum + log * x[i], 0),
    slope: letterSlope,
    mean: (output, places) => Float32Array.from(logSoftmax(output, places), Math.exp),
    floored: false,
    step: 10,
    words: '−log p(x|z), the nats of all letters and of the word’s end',
    caveat: 'Given z, this model draws each letter on its own: it cannot see which letter it has drawn before.',
  },
};

/**
 * −log p(x|z) in nats of an example in 0..1, from what the decoder returned.
 *
 * @param {Numbers} output
 * @param {Numbers} x
 * @param {string} likelihood
 * @param {number} [std] - of a Gaussian pixel
 * @param {number} [places] - in each channel
 */
export const distortion = (output, x, likelihood, std = 1, places = x.length) =>
  LIKELIHOODS[likelihood].distortion(output, x, std, places);

/** The step of the bars of one example, nats. @param {string} likelihood */
export const stepOf = (likelihood) => LIKELIHOODS[likelihood].step ?? 50;

/** How many numbers there are in a channel. @param {Shape} shape */
export const placesOf = ([, height, width]) => height * width;
