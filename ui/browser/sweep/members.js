// A sweep of models that differ in β only: which one is chosen, and what each of them decodes, ahead of its turn.
import { distortion } from '../core/likelihood.js';
import { middles } from '../kit/dots.js';
import { loadStore } from '../state/store.js';
import { loadTables } from '../work/load.js';

const SAMPLES = 24,
  IMAGES = 8;
const KNOWN = 500; // as many test images of a set are kept: the eight are among them
const SLICE_MS = 8;
const ECHO_MS = 3000;
const OFF_SCALE = 10; // times the next largest rate
const LIKE_A_CODE = 0.1; // below this β the codes lie anywhere

const row = ({ data, shape }, i, size = data.length / shape[0]) => data.subarray(i * size, (i + 1) * size);
const pause = () => new Promise((resume) => setTimeout(resume));
const key = (off) => [...off].sort((a, b) => a - b).join();

/** So many draws from N(0, 1), the same for every β and every visitor (mulberry32; Box and Muller). */
export function draws(count, seed = 1) {
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** The positions of the first test images of as many classes as there are, then of their second ones, … */
export function oneOfEach(labels, count = IMAGES) {
  const seen = {},
    known = [...labels.subarray(0, KNOWN)].map((label, i) => [(seen[label] = (seen[label] ?? 0) + 1), label, i]);
  return known
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .slice(0, count)
    .map(([, , i]) => i);
}

// The codes in the plane of two dimensions, the distance from 0 within which nearly all of them are, and the codes' root mean square in each dimension.
function measured({ mu: { data }, labels }, latent, [i, j = -1]) {
  const count = labels.data.length,
    xy = new Float32Array(2 * count),
    sums = new Float64Array(latent);
  for (let k = 0; k < count; k++) {
    xy[2 * k] = data[k * latent + i];
    if (j >= 0) xy[2 * k + 1] = data[k * latent + j];
    for (let d = 0; d < latent; d++) sums[d] += data[k * latent + d] ** 2;
  }
  const far = xy.map(Math.abs).sort();
  return { xy, reach: far[Math.round(0.998 * (far.length - 1))], spreads: sums.map((sum) => Math.sqrt(sum / count)) };
}

/** The members, by β: of each its card at once, and `store`, `codes` and what `measured` says when it is loaded. */
export class Sweep {
  constructor({ members, spec, pixel_std: pixelStd, tables, chosen, class_names: classes }) {
    const latent = spec.latent_dim,
      byKl = ({ kl }) => kl.map((_, i) => i).sort((a, b) => kl[b] - kl[a]);
    Object.assign(this, {
      spec,
      pixelStd,
      tables,
      latent,
      classes,
      told: [],
      heard: chosen,
      listeners: new Set(),
      x: null,
    });
    this.members = members.map((member) => ({ ...member, ranked: byKl(member) }));
    this.stand = this.members.find(({ beta }) => beta >= LIKE_A_CODE) ?? this.members[0];
    this.noise = { data: draws(SAMPLES * latent), shape: [SAMPLES, latent] };
    this.index = Math.max(
      0,
      members.findIndex(({ name }) => name === chosen),
    );
    this.#loadAll();
  }

  get chosen() {
    return this.members[this.index];
  }

  /** Whether the images x are what a model of the sweep made of them, because the set's own are not here. */
  get standsIn() {
    return !this.tables.examples;
  }

  /** The member with so much more rate than the next that it would squeeze all others, or undefined. */
  get outlier() {
    const [first, second] = [...this.members].sort((a, b) => b.rate - a.rate);
    return first.rate > OFF_SCALE * second.rate ? first : undefined;
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(final = false) {
    for (const listener of [...this.listeners]) listener(final);
  }

  /** Look at another member; `final` says that the hand has let go. */
  choose(index, final = true) {
    this.index = index;
    this.#load(this.chosen);
    this.changed(final);
  }

  /** Python names the chosen one: an echo of what it was told, perhaps late, or a wish of its own, which it follows and returns. */
  hear(name) {
    const now = performance.now(),
      news = name !== this.heard,
      here = name === this.chosen.name;
    const wish = news && !here && !this.told.some((told) => told.name === name && now - told.at < ECHO_MS);
    if (news && here) this.told = [];
    this.heard = name;
    if (wish)
      this.choose(
        this.members.findIndex((member) => member.name === name),
        false,
      );
    return wish;
  }

  /** Python is told which one is chosen. */
  tell() {
    this.told.push({ name: this.chosen.name, at: performance.now() });
  }

  // The chosen one first, then what x is made of, then its neighbours.
  async #loadAll() {
    await this.#load(this.chosen);
    await this.#loadImages().catch(({ message }) => (this.problem = message));
    this.changed();
    const away = (member) => Math.abs(this.members.indexOf(member) - this.index);
    for (const member of [...this.members].sort((a, b) => away(a) - away(b))) {
      await this.#load(member);
      if (member.store) for (const off of [[], Array(this.latent).keys()]) this.cost(member, new Set(off));
    }
  }

  #load(member) {
    return (member.loading ??= this.#fetch(member).catch(({ message }) => {
      Object.assign(member, { problem: message, loading: null });
      this.changed();
    }));
  }

  async #fetch(member) {
    const data = { spec: this.spec, weights: member.weights, tables: { codes: member.codes } };
    const [store, [codes]] = await Promise.all([loadStore(data), loadTables(data, 'codes')]);
    this.subjects ??= oneOfEach(codes.labels.data);
    const full = await this.#ahead(store.vae, codes);
    store.subscribe((final) => member === this.chosen && this.changed(final));
    const found = measured(codes, this.latent, member.ranked),
      labels = codes.labels.data;
    Object.assign(member, {
      store,
      mu: codes.mu,
      labels,
      full,
      problem: null,
      ...found,
      middles: middles(found.xy, labels, this.classes.length),
    });
    this.changed();
  }

  // All that a member will show, in slices: the page must not stand still for it.
  async #ahead(vae, codes) {
    const made = { samples: [], images: [] };
    let began = performance.now();
    for (const [list, z] of this.#codes(codes.mu)) {
      made[list].push(vae.mean(z).slice());
      if (performance.now() - began > SLICE_MS) began = (await pause(), performance.now());
    }
    return made;
  }

  #codes(mu) {
    return [
      ...this.subjects.map((i) => ['images', row(mu, i)]),
      ...Array.from({ length: SAMPLES }, (_, i) => ['samples', row(this.noise, i)]),
    ];
  }

  async #loadImages() {
    const [examples] = await loadTables(this, 'examples'),
      images = examples?.images;
    if (!images) await this.#load(this.stand);
    this.x =
      (images
        ? this.subjects?.map((i) => Float32Array.from(row(images, i), (byte) => byte / 255))
        : this.stand.full?.images) ?? null;
  }

  /** {samples, images}: what a loaded member decodes with the dimensions in `off` at 0, from the prior's draws and from the eight μ. */
  decoded(member, off = member.store.off) {
    if (!off.size) return member.full;
    if (member.part?.key === key(off)) return member.part;
    const made = (member.part = { key: key(off), samples: [], images: [] });
    for (const [list, z] of this.#codes(member.mu)) made[list].push(member.store.vae.mean(without(z, off)).slice());
    return made;
  }

  /** The distortion of the eight at z = μ, nats per image, with the dimensions in `off` at 0; null while x is not there. */
  cost(member, off = member.store.off) {
    if (!this.x) return null;
    const known = (member.costs ??= new Map()),
      { vae } = member.store,
      of = (i, k) => distortion(vae.decode(without(row(member.mu, i), off)), this.x[k], vae.likelihood, this.pixelStd);
    if (!known.has(key(off)))
      known.set(key(off), this.subjects.reduce((sum, i, k) => sum + of(i, k), 0) / this.subjects.length);
    return known.get(key(off));
  }
}

const without = (z, off) => z.map((value, i) => (off.has(i) ? 0 : value));

const sweeps = new Map();

/** The sweep of a widget's data, one for all widgets of a page. */
export function loadSweep(data) {
  if (!sweeps.has(data.table)) sweeps.set(data.table, new Sweep(data));
  return sweeps.get(data.table);
}
