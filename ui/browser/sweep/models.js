// A sweep of models that differ in β only: which one is chosen, and what each of them decodes, ahead of its turn.
import { loadStore } from '../state/store.js';
import { loadTables } from '../work/load.js';
import { Decodings } from './decodings.js';
import { SAMPLES, draws, oneOfEach } from './inputs.js';
import { Member, measured } from './member.js';

/**
 * @import { Spec } from '../core/spec.js'
 * @import { Loaded, Told } from './member.js'
 */

/**
 * What Python tells every widget of a sweep: what its models share, and the name of the chosen one.
 * @typedef {object} SweepData
 * @property {Told[]} members
 * @property {Spec} spec
 * @property {number} pixel_std
 * @property {{examples: string | null}} tables
 * @property {string[]} class_names
 * @property {string[]} colours
 * @property {Record<string, string>} symbols
 * @property {string} chosen
 * @property {string} table
 */

const ECHO_MS = 3000;
const OFF_SCALE = 10; // times the next largest rate
const LIKE_A_CODE = 0.1; // below this β the codes lie anywhere

/**
 * The i-th code of a table.
 * @param {Float32Array} codes
 * @param {number} i
 * @param {number} latent
 */
const code = (codes, i, latent) => codes.subarray(i * latent, (i + 1) * latent);

/** The members, by β, one of them chosen, and what all are given: `noise`, and the images x once they are there. */
export class Sweep {
  /** @param {SweepData} data */
  constructor({ members, spec, pixel_std: pixelStd, tables, chosen, class_names: classes }) {
    this.spec = spec;
    this.pixelStd = pixelStd;
    this.tables = tables;
    this.classes = classes;
    this.latent = spec.latent_dim;
    this.members = members.map((told) => new Member(told, this.latent));
    this.index = Math.max(
      0,
      members.findIndex(({ name }) => name === chosen),
    );
    const noise = draws(SAMPLES * this.latent);
    this.noise = Array.from({ length: SAMPLES }, (_, i) => code(noise, i, this.latent));
    /** @type {number[] | null} */
    this.subjects = null;
    /** @type {Float32Array[] | null} */
    this.x = null;
    /** The model whose reconstructions stand in for x where the set's own images are not here. */
    this.stand = tables.examples ? null : this.#standIns()[0];
    this.problem = '';
    this.heard = chosen;
    /** @type {{name: string, at: number}[]} */
    this.told = [];
    /** @type {Set<(final: boolean) => void>} */
    this.listeners = new Set();
    this.#loadAll();
  }

  get chosen() {
    return this.members[this.index];
  }

  /** The figures of all members that have some. */
  get figures() {
    return this.members.flatMap(({ figures }) => figures ?? []);
  }

  /** The member with so much more rate than the next that it would squeeze all others, or undefined. */
  get outlier() {
    const [first, second] = this.figures.map(({ rate }) => rate).sort((a, b) => b - a);
    return first > OFF_SCALE * second ? this.members.find(({ figures }) => figures?.rate === first) : undefined;
  }

  /** @param {(final: boolean) => void} listener */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(final = false) {
    for (const listener of [...this.listeners]) listener(final);
  }

  /**
   * Look at another member; `final` says that the hand has let go.
   * @param {number} index
   */
  choose(index, final = true) {
    this.index = index;
    this.#load(this.chosen);
    this.changed(final);
  }

  /**
   * Python names the chosen one: an echo of what it was told, perhaps late, or a wish of its own, which is followed.
   * @param {string} name
   * @returns {boolean} whether it was a wish
   */
  hear(name) {
    const now = performance.now();
    const news = name !== this.heard;
    const here = name === this.chosen.name;
    const wish = news && !here && !this.told.some((told) => told.name === name && now - told.at < ECHO_MS);
    if (news && here) this.told = [];
    this.heard = name;
    const index = this.members.findIndex((member) => member.name === name);
    if (wish) this.choose(index, false);
    return wish;
  }

  /** Python is told which one is chosen. */
  tell() {
    this.told.push({ name: this.chosen.name, at: performance.now() });
  }

  /**
   * The distortion of the eight at z = μ, nats per image, with the dimensions in `off` at 0; null while x is not there.
   * @param {Loaded} loaded
   * @param {Set<number>} off
   */
  cost({ decodings }, off) {
    return this.x && decodings.cost(off, this.x);
  }

  // The chosen one first, then what x is made of, then its neighbours.
  async #loadAll() {
    await this.#load(this.chosen);
    await this.#loadImages().catch(({ message }) => {
      this.problem = message;
    });
    this.changed();
    for (const member of this.#byDistance()) {
      await this.#load(member);
      if (!member.loaded) continue;
      this.cost(member.loaded, new Set());
      this.cost(member.loaded, new Set(member.ranked));
    }
  }

  #byDistance() {
    /** @param {Member} member */
    const away = (member) => Math.abs(this.members.indexOf(member) - this.index);
    return [...this.members].sort((a, b) => away(a) - away(b));
  }

  /** @param {Member} member */
  #load(member) {
    member.loading ??= this.#fetch(member).catch(({ message }) => {
      member.failure = message;
      member.loading = null;
      this.changed();
    });
    return member.loading;
  }

  /** @param {Member} member */
  async #fetch(member) {
    const data = { spec: this.spec, weights: member.weights, tables: { codes: member.codes } };
    const [store, [table]] = await Promise.all([loadStore(data), loadTables(data, 'codes')]);
    const codes = measured(table, member.ranked, this.classes.length);
    this.subjects ??= oneOfEach(codes.labels);
    const images = this.subjects.map((i) => code(codes.mu, i, this.latent));
    const decodings = new Decodings(store.vae, { images, samples: this.noise }, this.pixelStd);
    await decodings.ahead();
    store.subscribe((final) => {
      if (member === this.chosen) this.changed(final);
    });
    member.loaded = { ...codes, store, decodings };
    member.failure = '';
    this.changed();
  }

  async #loadImages() {
    const [examples] = await loadTables({ tables: this.tables }, 'examples');
    const images = examples?.images;
    if (!images) return this.#loadStandIn();
    const size = images.data.length / images.shape[0];
    /** @param {number} i */
    const bytes = (i) => images.data.subarray(i * size, (i + 1) * size);
    this.x = (await this.#findSubjects()).map((i) => Float32Array.from(bytes(i), (byte) => byte / 255));
  }

  // Which images are shown is read from the test codes of the first model that can be loaded.
  async #findSubjects() {
    for (const member of this.#byDistance()) {
      if (this.subjects) break;
      await this.#load(member);
    }
    return this.subjects ?? [];
  }

  // Those with a β at which codes are like codes come first.
  #standIns() {
    return [...this.members.filter(({ beta }) => beta >= LIKE_A_CODE), ...this.members];
  }

  async #loadStandIn() {
    for (const member of this.#standIns()) {
      await this.#load(member);
      if (!member.loaded) continue;
      this.stand = member;
      this.x = member.loaded.decodings.full.images;
      return;
    }
  }
}

/** @type {Map<string, Sweep>} */
const sweeps = new Map();

/**
 * The sweep of a widget's data, one for all widgets of a page.
 * @param {SweepData} data
 */
export function loadSweep(data) {
  const known = sweeps.get(data.table) ?? new Sweep(data);
  sweeps.set(data.table, known);
  return known;
}
