// Gradients of a model by a worker of their own, so that no drag waits for them.
import { loadTable } from './vae.js';

const engines = new Map();

async function start({ spec, pixel_std: pixelStd, weights, encoder }) {
  const tables = await Promise.all([weights, encoder].map(loadTable)), calls = {};
  const worker = new Worker(new URL('./gradworker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => data.id === calls[data.kind].id && calls[data.kind].hear(data);
  worker.postMessage({ spec, tensors: Object.assign({}, ...tables), pixelStd });
  /**
   * Ask for the gradients of `one` draw {x, eps, blocked}, or the estimates of `many` {x, mu, logvar, eps}; `hear` gets the answer, of
   * many draws {parts, done} again and again. What was asked before and is not begun is forgotten.
   */
  return (kind, wish, hear) => {
    const id = (calls[kind]?.id ?? 0) + 1;
    calls[kind] = { id, hear };
    worker.postMessage({ kind, id, ...wish });
  };
}

/** The function that asks for gradients of the model of a widget's data. */
export function loadGradients(data) {
  const forget = (error) => { engines.delete(data.weights); throw error; }; // the next mount tries again
  if (!engines.has(data.weights)) engines.set(data.weights, start(data).catch(forget));
  return engines.get(data.weights);
}
