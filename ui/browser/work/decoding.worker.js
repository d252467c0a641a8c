// A web worker that decodes many codes, in slices, so that the page itself is never held up.
import { heeded, nearest, reach } from '../core/planes.js';
import { buildDecoder } from '../core/vae.js';
import { SLICE_MS, queue } from './queue.js';

/** @import { Decoder } from '../core/spec.js' */
/** @import { Brief, Wish } from './asked.js' */
/** @typedef {{ vae: Decoder, mu?: Float32Array, dimensions: number[] }} Engine */

/**
 * @param {Brief} brief
 * @returns {Engine}
 */
function build({ spec, tensors, mu, kl }) {
  const vae = buildDecoder(spec, tensors);
  const dimensions = heeded(vae.latent, kl);
  if (mu) postMessage({ reach: reach(mu, vae.latent, dimensions) });
  return { vae, mu, dimensions };
}

/**
 * @param {Engine} engine
 * @param {Wish & { next: number }} job
 */
function slice({ vae, mu, dimensions }, job) {
  const { channel, id, codes, next: from } = job;
  const { latent } = vae;
  const total = codes.length / latent;
  const began = performance.now();
  const images = [];
  const distances = [];
  for (; job.next < total && performance.now() - began < SLICE_MS; job.next++) {
    const z = codes.subarray(job.next * latent, (job.next + 1) * latent);
    images.push(Uint8ClampedArray.from(vae.mean(z), (value) => value * 255));
    if (mu) distances.push(nearest(mu, latent, z, dimensions).distance);
  }
  const done = job.next >= total;
  postMessage({ channel, id, from, images, distances, done });
  return done;
}

/** @param {MessageEvent<Brief>} first */
onmessage = ({ data: brief }) => {
  const engine = build(brief);
  const add = queue((/** @type {Wish & { next: number }} */ job) => slice(engine, job));
  /** @param {MessageEvent<Wish>} wish */
  onmessage = ({ data: wish }) => add(wish.channel, { ...wish, next: 0 });
};
