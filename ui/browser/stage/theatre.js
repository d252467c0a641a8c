// What all parts of the stage share: the watched training, the time that is shown, and the plane of its codes.
import { principalPlane } from '../core/principal.js';
import { normals } from '../core/prior.js';
import { coalesce } from '../kit/frames.js';
import { painter } from '../kit/sample.js';
import { loadTable } from '../work/load.js';
import { Scenes } from '../work/scenes.js';
import { Watcher, post } from '../work/watching.js';

/** @import { Plane } from '../core/planes.js' */
/** @import { Spec } from '../core/spec.js' */
/** @import { Tensor } from '../core/safetensors.js' */
/** @import { Scene } from '../work/scenes.worker.js' */
/**
 * @typedef {object} StageData
 * @property {string} run
 * @property {Spec} spec
 * @property {string} watch - the URL that tells what is new
 * @property {string} control - the URL that takes wishes
 * @property {string | null} examples - the URL of the first test images
 * @property {string[]} colours
 * @property {string[]} class_names
 * @property {Record<string, string>} symbols
 * @property {number} epochs
 */
/** @typedef {{ labels: Uint8Array, shown: number[] }} Fixed */
/** @typedef {{ step: number, epoch: number }} Time */
/** @typedef {{ draw: () => void, seen: boolean }} Part */

const DRAWS = 10;
const NEAR = '100px'; // a part that is so near to the window is drawn
const REACHES = [4, 6, 10, 16, 25, 40, 100, 1000]; // σ of the prior that a map may show to each side

/** @param {number} seed */
function uniform(seed) {
  let state = seed; // Park and Miller's generator: the same draws on every screen
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** The stage's model; parts subscribe and draw what they find. */
export class Theatre {
  /** @type {Part[]} */
  #parts = [];
  /** @type {Map<Element, Part>} */
  #watched = new Map();
  #eyes = new IntersectionObserver((entries) => this.#look(entries), { rootMargin: NEAR });
  /** @type {string | null} */
  #stage = null;

  /** @param {StageData} data */
  constructor(data) {
    this.data = data;
    /** @type {Fixed} */
    this.fixed = { labels: new Uint8Array(), shown: [] };
    /** @type {Tensor<Uint8Array> | null} */
    this.images = null;
    /** @type {Scenes | null} */
    this.scenes = null;
    /** @type {Plane | null} */
    this.plane = null;
    this.reach = REACHES[0];
    this.live = true;
    this.step = 0;
    this.refused = '';
    this.changed = coalesce(() => this.#parts.forEach(({ draw, seen }) => seen && draw()));
    this.watcher = new Watcher(data.watch, () => this.#heard());
  }

  /**
   * @param {() => void} draw
   * @param {Element} [node] - what it draws, if it may rest while nobody can see that
   */
  subscribe(draw, node) {
    const part = { draw, seen: true };
    this.#parts.push(part);
    if (!node) return;
    this.#watched.set(node, part);
    this.#eyes.observe(node);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #look(entries) {
    for (const { target, isIntersecting } of entries) {
      const part = this.#watched.get(target);
      if (!part) continue;
      part.seen = isIntersecting;
      if (isIntersecting) part.draw();
    }
  }

  stop() {
    this.#eyes.disconnect();
    this.watcher.stop();
    this.scenes?.stop();
  }

  /** The steps of all snapshots. */
  get steps() {
    return this.watcher.snapshots.map(([step]) => step);
  }

  get perEpoch() {
    const known = this.watcher.rows.findLast(({ step }) => step > 0);
    return this.watcher.status?.per_epoch ?? (known ? known.step / known.epoch : 1);
  }

  /**
   * The scene that is shown: of the shown step, or until that is made the nearest before it.
   *
   * @returns {Scene | null}
   */
  get scene() {
    const { scenes } = this;
    if (!scenes) return null;
    return scenes.of(this.step) ?? this.#before(scenes);
  }

  /** @param {Scenes} scenes */
  #before(scenes) {
    const known = this.steps.filter((step) => step <= this.step && scenes.of(step));
    return known.length ? scenes.of(known[known.length - 1]) : null;
  }

  /**
   * Show a time; the last one follows the training.
   *
   * @param {number} step
   * @param {boolean} [live]
   */
  show(step, live = step === this.steps[this.steps.length - 1]) {
    this.live = live;
    this.step = step;
    if (this.scenes) this.scenes.shown = step;
    this.scenes?.next();
    this.changed();
  }

  /** @param {Record<string, unknown>} what */
  async wish(what) {
    this.refused = '';
    this.changed();
    try {
      const done = await post(this.data.control, what);
      this.watcher.ask();
      return done;
    } catch (error) {
      this.refused = /** @type {Error} */ (error).message;
      this.changed();
      return {};
    }
  }

  async #heard() {
    const { watcher } = this;
    if (watcher.stage && watcher.stage !== this.#stage) {
      this.#stage = watcher.stage;
      await this.#prepare(watcher.stage).catch((error) => {
        this.refused = error.message;
      });
    }
    const { steps } = this;
    if (this.scenes) this.scenes.snapshots = watcher.snapshots;
    if (steps.length && (this.live || !steps.includes(this.step))) this.show(steps[steps.length - 1]);
    this.scenes?.next();
    this.changed();
  }

  /** @param {string} url */
  async #prepare(url) {
    const { labels, shown } = await loadTable(url);
    this.fixed = { labels: Uint8Array.from(labels.data), shown: Array.from(shown.data) };
    const draw = normals(uniform(7));
    const latent = this.data.spec.latent_dim;
    const draws = Array.from({ length: DRAWS }, () => Float32Array.from({ length: latent }, () => draw()));
    this.scenes?.stop();
    this.scenes = new Scenes({ spec: this.data.spec, shown: this.fixed.shown, draws }, (step) => this.#made(step));
    const { examples } = this.data;
    if (examples) this.images = /** @type {Tensor<Uint8Array>} */ ((await loadTable(examples)).images);
  }

  /** A scene is there; the newest one decides the plane of all. @param {number} step */
  #made(step) {
    const { scenes, steps } = this;
    const made = scenes?.of(step);
    if (scenes && made && (step === steps[steps.length - 1] || !this.plane)) this.#setPlane(scenes, made);
    this.changed();
  }

  /**
   * @param {Scenes} scenes
   * @param {Scene} scene
   */
  #setPlane(scenes, scene) {
    const latent = this.data.spec.latent_dim;
    const plane = principalPlane(scene.mu, latent, this.plane);
    const far = plane.project(scene.mu).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const reach = REACHES.find((most) => far < most * 1.05) ?? REACHES[REACHES.length - 1];
    const key = [...plane.right, ...plane.up, ...plane.origin, reach].map((value) => value.toFixed(2)).join();
    this.plane = plane;
    this.reach = reach;
    if (key !== scenes.plane.key) scenes.plane = { key, grid: this.#grid(plane, latent) };
  }

  /**
   * The codes of the decoded plane, row by row from the top.
   *
   * @param {Plane} plane
   * @param {number} latent
   */
  #grid(plane, latent) {
    const [columns, rows] = painter(this.data.spec.image_shape).square;
    const codes = new Float32Array(columns * rows * latent);
    const half = Math.min(3, this.reach);
    for (let i = 0; i < columns * rows; i++) {
      const [across, up] = [((i % columns) + 0.5) / columns, (Math.floor(i / columns) + 0.5) / rows];
      const place = /** @type {[number, number]} */ ([(2 * across - 1) * half, (1 - 2 * up) * half]);
      codes.set(plane.at(place, new Float32Array(latent)), i * latent);
    }
    return codes;
  }
}

export { DRAWS };
