// A web worker for gradients: of one draw as a whole, of many draws in slices; the latest wish of each kind wins.
import { buildGradients } from '../core/gradients.js';
import { SLICE_MS, queue } from './queue.js';

/** @import { Gradients } from '../core/gradients.js' */
/** @import { Brief, Job, Many } from './backpropagation.js' */

/** @type {(kind: Job['kind'], id: number, answer: object) => void} */
const answerWith = (kind, id, answer) => postMessage({ kind, id, answer });

/**
 * Estimates of some draws of a posterior, whose rows of eps hold as many numbers as the model has dimensions.
 *
 * @param {Gradients} engine
 * @param {Many} draws
 * @param {number} from - the first draw
 */
function estimate(engine, draws, from) {
  const { x, mu, eps } = draws;
  const total = eps.length / mu.length;
  const parts = [];
  const began = performance.now();
  let next = from;
  do {
    let k = next * mu.length;
    parts.push(engine.estimates(x, draws, 1, () => eps[k++]));
    next++;
  } while (next < total && performance.now() - began < SLICE_MS);
  return { parts, next, done: next === total };
}

/**
 * @param {Gradients} engine
 * @param {{ job: Job, next: number }} state
 */
function slice(engine, state) {
  const { kind, id, wish } = state.job;
  if (kind === 'one') {
    answerWith(kind, id, engine.gradients(wish.x, wish.eps, { blocked: wish.blocked }));
    return true;
  }
  const { parts, next, done } = estimate(engine, wish, state.next);
  state.next = next;
  answerWith(kind, id, { parts, done });
  return done;
}

/** @param {MessageEvent<Brief>} first */
onmessage = ({ data: { spec, tensors, pixelStd } }) => {
  const engine = buildGradients(spec, tensors, pixelStd);
  const add = queue((/** @type {{ job: Job, next: number }} */ state) => slice(engine, state));
  /** @param {MessageEvent<Job>} wish */
  onmessage = ({ data: job }) => add(job.kind, { job, next: 0 });
};
