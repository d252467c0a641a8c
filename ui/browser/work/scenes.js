// The scenes of a training, one for each snapshot: made by a worker, the shown one first, kept within a limit.

/** @import { Spec } from '../core/spec.js' */
/** @import { Answer, Scene } from './scenes.worker.js' */
/** @typedef {{ url: string, plane: string, scene: Scene }} Kept */

const MOST_BYTES = 160e6; // of what is kept; the scenes farthest from the shown one go first

/** @param {Scene} scene */
const size = ({ mu, logvar, manifold, made, samples }) =>
  mu.byteLength + logvar.byteLength + [...manifold, ...made, ...samples].reduce((sum, { length }) => sum + length, 0);

/** Makes and keeps scenes; `changed(step)` is called when one is there. */
export class Scenes {
  /** @type {Map<number, Kept>} */
  #kept = new Map();
  /** @type {Map<number, string>} */
  #failed = new Map();
  /** @type {{ step: number, url: string, plane: string } | null} */
  #asked = null;

  /**
   * @param {{ spec: Spec, shown: number[], draws: Float32Array[] }} brief
   * @param {(step: number) => void} changed
   */
  constructor(brief, changed) {
    this.changed = changed;
    /** @type {[step: number, url: string][]} */
    this.snapshots = [];
    this.shown = 0;
    /** @type {{ key: string, grid: Float32Array | null }} */
    this.plane = { key: '', grid: null };
    this.worker = new Worker(new URL('./scenes.worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.worker.postMessage(brief);
  }

  stop() {
    this.worker.terminate();
  }

  /**
   * The scene of a step, perhaps with the plane of before; null if it is not made yet.
   *
   * @param {number} step
   */
  of(step) {
    return this.#kept.get(step)?.scene ?? null;
  }

  /** @param {number} step */
  problem(step) {
    return this.#failed.get(step) ?? '';
  }

  /** How many scenes are there. */
  get made() {
    return this.#kept.size;
  }

  /** Ask for the scene that is wanted most, unless one is being made. */
  next() {
    if (this.#asked) return;
    const lacking = this.snapshots.filter(([step, url]) => {
      const kept = this.#kept.get(step);
      return !this.#failed.has(step) && (kept?.url !== url || kept.plane !== this.plane.key);
    });
    if (!lacking.length) return;
    const far = (/** @type {number} */ step) => Math.abs(this.#place(step) - this.#place(this.shown));
    const [step, url] = lacking.reduce((best, one) => (far(one[0]) < far(best[0]) ? one : best));
    if (this.#full && far(step) > 0) return;
    this.#asked = { step, url, plane: this.plane.key };
    this.worker.postMessage({ step, url, grid: this.plane.grid });
  }

  /** @param {number} step */
  #place(step) {
    return this.snapshots.findIndex(([known]) => known === step);
  }

  get #full() {
    let bytes = 0;
    for (const { scene } of this.#kept.values()) bytes += size(scene);
    return bytes > MOST_BYTES;
  }

  /** @param {Answer} answer */
  #hear(answer) {
    const asked = this.#asked;
    this.#asked = null;
    if ('problem' in answer) this.#failed.set(answer.step, answer.problem);
    else if (asked) this.#kept.set(answer.step, { url: asked.url, plane: asked.plane, scene: answer });
    this.#forget();
    this.changed(answer.step);
    this.next();
  }

  /** Of snapshots that are no more, and of those farthest away if there are too many. */
  #forget() {
    for (const step of this.#kept.keys()) if (this.#place(step) < 0) this.#kept.delete(step);
    const far = (/** @type {number} */ step) => Math.abs(this.#place(step) - this.#place(this.shown));
    while (this.#full && this.#kept.size > 2) {
      const farthest = [...this.#kept.keys()].reduce((one, other) => (far(other) > far(one) ? other : one));
      this.#kept.delete(farthest);
    }
  }
}
