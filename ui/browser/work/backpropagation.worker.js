// A web worker for gradients: of one draw as a whole, of many draws in slices; the latest wish of each kind wins.
import { buildGradients } from '../core/gradients.js';

const SLICE_MS = 12;
const jobs = new Map(); // by kind
const { port1, port2 } = new MessageChannel();
let engine;

const pause = () =>
  new Promise((resume) => {
    port1.onmessage = resume;
    port2.postMessage(0);
  });

// Draws `from`, `from` + 1, … with the noise that came with the wish; its rows hold as many numbers as the model has dimensions.
function slice(job) {
  const { x, mu, eps } = job,
    from = job.next ?? 0,
    total = eps.length / mu.length,
    parts = [],
    began = performance.now();
  let next = from;
  do {
    let k = next * mu.length;
    parts.push(engine.estimates(x, job, 1, () => eps[k++]));
  } while (++next < total && performance.now() - began < SLICE_MS);
  job.next = next;
  return { parts, done: next === total };
}

const RUN = { one: ({ x, eps, blocked }) => ({ ...engine.gradients(x, eps, { blocked }), done: true }), many: slice };

async function work() {
  while (jobs.size) {
    for (const [kind, job] of [...jobs]) {
      if (jobs.get(kind) !== job) continue;
      const answer = RUN[kind](job);
      if (answer.done) jobs.delete(kind);
      postMessage({ kind, id: job.id, ...answer });
      await pause();
    }
  }
}

onmessage = ({ data }) => {
  if (data.spec) return void (engine = buildGradients(data.spec, data.tensors, data.pixelStd));
  const idle = !jobs.size;
  jobs.set(data.kind, data);
  if (idle) work();
};
