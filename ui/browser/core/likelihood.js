// The distortion of one image, in nats, as vae_core/objective.py has them. Pure functions.

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
