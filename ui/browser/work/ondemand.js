// A web worker that is there only while a widget shows its model: made at a wish, ended when nobody looks, made anew.
import { isShown } from '../kit/mount.js';

const LOOK_MS = 3000;

/** @type {Set<OnDemandWorker<any, any>>} */
const running = new Set();
let timer = 0;

function endUnseen() {
  for (const worker of running) if (!isShown(worker.weights)) worker.end();
  clearTimeout(timer);
  if (running.size) timer = setTimeout(endUnseen, LOOK_MS);
}

/**
 * The worker of one model. One that failed is forgotten: the next wish makes another.
 *
 * @template Wish
 * @template Answer
 */
export class OnDemandWorker {
  /** @type {Worker | null} */
  #worker = null;

  /**
   * @param {URL} script
   * @param {string} weights - the model's, which says whether somebody looks at it
   * @param {object} options
   * @param {unknown} options.first - what it is told when it begins
   * @param {(answer: Answer) => void} options.hear
   * @param {() => void} [options.end] - called when it has ended, for whatever reason; what it was asked is lost
   * @param {() => void} [options.fail] - called when it broke down
   */
  constructor(script, weights, { first, hear, end = () => undefined, fail = () => undefined }) {
    this.script = script;
    this.weights = weights;
    this.first = first;
    this.hear = hear;
    this.ended = end;
    this.failed = fail;
  }

  /** The worker itself, made if there is none. */
  start() {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.script, { type: 'module' });
    worker.onmessage = ({ data }) => this.hear(data);
    worker.onerror = () => {
      this.end();
      this.failed();
    };
    worker.postMessage(this.first);
    this.#worker = worker;
    running.add(this);
    endUnseen();
    return worker;
  }

  /** @param {Wish} wish */
  ask(wish) {
    this.start().postMessage(wish);
  }

  end() {
    this.#worker?.terminate();
    this.#worker = null;
    running.delete(this);
    this.ended();
  }
}
