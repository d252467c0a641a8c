// A web worker that draws z from a posterior, in slices: the distortion and the log importance weight of each draw.
import { distortion } from '../core/likelihood.js';
import { logWeight } from '../core/bounds.js';
import { normals } from '../core/prior.js';
import { buildDecoder } from '../core/vae.js';

const SLICE_MS = 16;
const { port1, port2 } = new MessageChannel(),
  normal = normals();
let decode, likelihood, pixelStd, job;

function slice({ id, x, mu, logvar }) {
  const costs = [],
    weights = [],
    sigma = logvar.map((v) => Math.exp(v / 2)),
    began = performance.now();
  for (; job.count > 0 && performance.now() - began < SLICE_MS; job.count--) {
    const eps = mu.map(normal),
      cost = distortion(decode(mu.map((m, i) => m + sigma[i] * eps[i])), x, likelihood, pixelStd);
    costs.push(cost);
    weights.push(logWeight(cost, mu, logvar, eps));
  }
  postMessage({ id, costs, weights });
  if (job.count > 0) port2.postMessage(0);
  else job = null;
}

port1.onmessage = () => job && slice(job);

onmessage = ({ data }) => {
  if (data.spec) return void (({ decode, likelihood } = buildDecoder(data.spec, data.tensors)), ({ pixelStd } = data));
  const idle = !job;
  job = data; // a newer job replaces the older one
  if (idle) port2.postMessage(0);
};
