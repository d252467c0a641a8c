// A web worker that decodes many codes, in slices, so that the page itself is never held up.
import { heeded, nearest, reach } from '../core/planes.js';
import { buildDecoder } from '../core/vae.js';

const SLICE_MS = 12;
const jobs = new Map(); // by channel: a newer job replaces the older one
const { port1, port2 } = new MessageChannel();
let vae, mu, dimensions;

const pause = () =>
  new Promise((resume) => {
    port1.onmessage = resume;
    port2.postMessage(0);
  });

function slice(job) {
  const { channel, id, codes } = job,
    from = job.next,
    latent = vae.latent,
    total = codes.length / latent,
    began = performance.now();
  const images = [],
    distances = [];
  for (; job.next < total && performance.now() - began < SLICE_MS; job.next++) {
    const z = codes.subarray(job.next * latent, (job.next + 1) * latent);
    images.push(Uint8ClampedArray.from(vae.mean(z), (value) => value * 255));
    if (mu) distances.push(nearest(mu, latent, z, dimensions).distance);
  }
  if (job.next >= total && jobs.get(channel) === job) jobs.delete(channel);
  postMessage({ channel, id, from, images, distances, done: job.next >= total });
}

async function work() {
  while (jobs.size) {
    for (const job of [...jobs.values()]) {
      if (jobs.get(job.channel) === job) slice(job);
      await pause();
    }
  }
}

onmessage = ({ data }) => {
  if (data.spec) {
    vae = buildDecoder(data.spec, data.tensors);
    mu = data.mu;
    dimensions = heeded(vae.latent, data.kl);
    return mu && postMessage({ reach: reach(mu, vae.latent, dimensions) });
  }
  const idle = !jobs.size;
  jobs.set(data.channel, { ...data, next: 0 });
  if (idle) work();
};
