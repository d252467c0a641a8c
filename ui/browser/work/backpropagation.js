// Gradients of a model by a worker of their own, so that no drag waits for them.
import { loadTable } from './load.js';

const engines = new Map();

async function start({ spec, pixel_std: pixelStd, weights, encoder }) {
  const tables = await Promise.all([weights, encoder].map(loadTable)),
    calls = { one: { id: 0 }, many: { id: 0 } };
  const worker = new Worker(new URL('./backpropagation.worker.js', import.meta.url), { type: 'module' });
  const send = (kind) => {
    const call = calls[kind],
      { wish } = call;
    Object.assign(call, { wish: null, busy: kind === 'one' });
    worker.postMessage({ kind, id: call.id, ...wish });
  };
  worker.onmessage = ({ data, data: { kind, id } }) => {
    const call = calls[kind];
    call.busy = false;
    if (kind === 'one' || id === call.id) call.hear(data);
    if (call.wish) send(kind);
  };
  worker.postMessage({ spec, tensors: Object.assign({}, ...tables), pixelStd });
  /**
   * Ask for the gradients of `one` draw {x, eps, blocked}, or the estimates of `many` {x, mu, logvar, eps}; `hear` gets the answer, of
   * many draws {parts, done} again and again. What waits is replaced by a newer wish; of one draw an older answer is still heard.
   */
  return (kind, wish, hear) => {
    const call = calls[kind];
    Object.assign(call, { id: call.id + 1, wish, hear });
    if (!call.busy) send(kind);
  };
}

/** The function that asks for gradients of the model of a widget's data. */
export function loadGradients(data) {
  const forget = (error) => {
    engines.delete(data.weights);
    throw error;
  }; // the next mount tries again
  if (!engines.has(data.weights)) engines.set(data.weights, start(data).catch(forget));
  return engines.get(data.weights);
}
