// A web worker that draws z from a posterior, in slices: the distortion and the log importance weight of each draw.
import { logWeight } from '../core/bounds.js';
import { distortion, placesOf } from '../core/likelihood.js';
import { normal } from '../core/prior.js';
import { buildDecoder } from '../core/vae.js';
import { SLICE_MS, queue } from './queue.js';

/** @import { Decoder } from '../core/spec.js' */
/** @import { Brief, Wish } from './sampling.js' */

/**
 * @param {Decoder} vae
 * @param {number} pixelStd
 * @param {Wish} job - its count is what is left to draw
 */
function slice({ decode, likelihood, shape }, pixelStd, job) {
  const { id, x, mu, logvar } = job;
  const sigma = logvar.map((v) => Math.exp(v / 2));
  const began = performance.now();
  const costs = [];
  const weights = [];
  for (; job.count > 0 && performance.now() - began < SLICE_MS; job.count--) {
    const eps = mu.map(normal);
    const output = decode(mu.map((m, i) => m + sigma[i] * eps[i]));
    const cost = distortion(output, x, likelihood, pixelStd, placesOf(shape));
    costs.push(cost);
    weights.push(logWeight(cost, mu, logvar, eps));
  }
  postMessage({ id, costs, weights });
  return job.count <= 0;
}

/** @param {MessageEvent<Brief>} first */
onmessage = ({ data: { spec, tensors, pixelStd } }) => {
  const vae = buildDecoder(spec, tensors);
  const add = queue((/** @type {Wish} */ job) => slice(vae, pixelStd, job));
  /** @param {MessageEvent<Wish>} wish */
  onmessage = ({ data: wish }) => add('draws', wish);
};
