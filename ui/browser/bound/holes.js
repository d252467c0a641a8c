// KL and ELBO: samples from the prior among the test codes, which of them fall into holes, and the aggregate posterior.
import { button, el, fixed, row, symbol } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { loadBatch } from '../work/decoding.js';
import { loadTables } from '../work/load.js';
import { Aggregate } from './aggregate.js';
import { Coverage } from './coverage.js';
import { Plane } from './plane.js';
import { TILES, Tiles } from './tiles.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Batch } from '../work/decoding.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { Axes } from './plane.js' */
/** @import { Sample } from './tiles.js' */
/** @typedef {{ coverage: Coverage, batch: Batch }} Needs - What is loaded when somebody comes near. */

const SAMPLES = 500;
const NONE = `None of these ${SAMPLES}.`;
const HOLE = 'Hole: in no test image’s posterior (95\u00a0% ellipsoid), so the decoder was hardly trained there.';
const GREY = 'Grey: test codes. Discs: samples in covered places; rings: in holes.';
const FLAT = ' Only two dimensions are seen: in the others, a sample may be far.';

const percent = (/** @type {number} */ share) => `${fixed(100 * share, 1)}\u00a0%`;

/**
 * A list of all dimensions.
 *
 * @param {string} label
 * @param {number} latent
 * @param {(dimension: number) => void} choose
 */
function dimensions(label, latent, choose) {
  const options = Array.from({ length: latent }, (_, i) => el('option', { value: i }, symbol('z', i)));
  const list = el('select', {}, options);
  list.addEventListener('change', () => choose(Number(list.value)));
  return { list, node: el('label', {}, `${label} `, list) };
}

/** The samples, the test codes and what is shown of them. */
class Holes {
  /**
   * @param {ModelData} data
   * @param {Store} store
   */
  constructor(data, store) {
    const { latent, shape } = store.vae;
    const kl = data.kl ?? [];
    this.data = data;
    this.store = store;
    this.latent = latent;
    /** Dimensions, from the highest rate on. */
    this.ranked = Array.from({ length: latent }, (_, i) => i).sort((a, b) => kl[b] - kl[a] || 0);
    /** @type {Needs | null} */
    this.needs = null;
    /** @type {Sample[]} */
    this.samples = [];
    /** @type {number | null} */
    this.usual = null;
    this.drawn = 0;
    this.shown = '';
    this.plane = new Plane(latent, data.symbols.z);
    this.aggregate = new Aggregate(latent, this.ranked[0], data.symbols);
    this.soon = coalesce(() => this.plane.plot.redraw());
    const light = (/** @type {Sample | null} */ sample) => this.#light(sample);
    this.holes = new Tiles('hole', shape, light);
    this.covered = new Tiles('covered', shape, light);
    this.across = dimensions('across', latent, (i) =>
      this.#choose(i, this.axes[1] === i ? this.axes[0] : this.axes[1]),
    );
    this.up = dimensions('up', latent, (j) => this.#choose(this.axes[0] === j ? this.axes[1] : this.axes[0], j));
    this.said = el('output', { 'aria-live': 'polite' }, 'Decoding samples…');
    this.root = this.#furnish();
    this.watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.#begin();
    });
    this.watcher.observe(this.root);
  }

  #furnish() {
    const { latent, plane, across, up, holes, covered } = this;
    const { mu, z } = this.data.symbols;
    const again = button('Draw again', () => this.#draw());
    const controls = latent > 2 ? row(again, across.node, up.node) : row(again);
    const hint = el('p', { class: 'hint' }, latent > 2 ? GREY + FLAT : GREY);
    return el(
      'div',
      { class: 'holes', style: `--mu: ${mu}; --z: ${z}` },
      el('div', { class: 'plane' }, controls, plane.plot.node, hint),
      el('div', { class: 'answers' }, this.said, holes.nodes, covered.nodes),
      this.aggregate.node,
    );
  }

  /** Somebody sees it: load what it needs. */
  #begin() {
    this.watcher.disconnect();
    this.#load().catch((error) => this.said.replaceChildren(error.message));
  }

  async #load() {
    const [codes, widths] = await loadTables(this.data, 'codes', 'widths');
    if (!codes || !widths) throw new Error('The test images of this model have not been encoded yet.');
    const coverage = new Coverage(codes.mu.data, widths.logvar.data, this.latent);
    this.needs = { coverage, batch: await loadBatch(this.data) };
    this.follow();
    this.aggregate.show(coverage);
    this.#draw();
    this.usual = await coverage.usual();
    if (this.samples.length) this.#say();
  }

  /** @returns {Axes} */
  get axes() {
    const named = this.store.view.plane?.match(/^z(\d+)-z(\d+)$/);
    if (named) return [Number(named[1]) - 1, Number(named[2]) - 1];
    return this.latent > 2 ? [this.ranked[0], this.ranked[1]] : [0, 1];
  }

  /**
   * @param {number} i
   * @param {number} j
   */
  #choose(i, j) {
    this.store.view = { ...this.store.view, plane: `z${i + 1}-z${j + 1}` };
    this.store.changed();
  }

  follow() {
    const { axes, needs } = this;
    if (!needs || axes.join() === this.shown) return;
    this.shown = axes.join();
    this.across.list.value = String(axes[0]);
    this.up.list.value = String(axes[1]);
    this.plane.look(needs.coverage.mu, axes);
    this.soon();
  }

  /** @param {Sample | null} sample */
  #light(sample) {
    this.plane.lit = sample;
    this.soon();
  }

  #draw() {
    if (!this.needs) return;
    const { latent } = this;
    const { coverage, batch } = this.needs;
    const codes = coverage.fromPrior(SAMPLES);
    /** @type {Sample[]} */
    const samples = [];
    batch.ask('holes', codes, ({ from, images, done }) => {
      images.forEach((image, i) => {
        const code = codes.subarray((from + i) * latent, (from + i + 1) * latent);
        samples.push({ code, image, far: coverage.far(code) });
      });
      if (done) this.#take(samples, coverage);
    });
  }

  /**
   * @param {Sample[]} samples
   * @param {Coverage} coverage
   */
  #take(samples, coverage) {
    const covered = samples.filter(({ far }) => far <= 1);
    const few = covered.length < TILES;
    const others = few ? this.#instead(coverage) : [];
    const instead = few ? `: ${covered.length || 'none'} of these, then draws from posteriors` : '';
    this.samples = samples;
    this.drawn += 1;
    this.plane.samples = samples;
    this.plane.lit = null;
    this.holes.show(
      'From holes',
      samples.filter(({ far }) => far > 1),
      NONE,
    );
    this.covered.show(`From covered places${instead}`, [...covered, ...others], NONE);
    this.root.dataset.holes = String(samples.length - covered.length);
    this.root.dataset.drawn = String(this.drawn);
    this.#say();
    this.soon();
  }

  /**
   * Draws from posteriors, decoded here: a dozen only.
   *
   * @param {Coverage} coverage
   * @returns {Sample[]}
   */
  #instead(coverage) {
    return Array.from({ length: TILES }, () => {
      const { code } = coverage.fromPosterior();
      return { code, far: coverage.far(code), image: this.store.vae.mean(code).map((value) => 255 * value) };
    });
  }

  #say() {
    const { samples, usual, root } = this;
    const holes = samples.filter(({ far }) => far > 1).length;
    const share = el('span', { class: 'number' }, percent(holes / SAMPLES));
    const compared =
      usual === null ? '' : ` Of samples from the posteriors, ${percent(usual)} do, their own image left out.`;
    this.said.replaceChildren(
      el('strong', {}, share, ` of ${SAMPLES} samples from the prior fall into holes`),
      el('span', { class: 'hint' }, HOLE + compared),
    );
    root.dataset.usual = String(usual ?? '');
  }

  /** Another size, or other colours of the page. */
  redraw() {
    this.soon();
    this.aggregate.plot.redraw();
  }

  stop() {
    this.watcher.disconnect();
    this.plane.plot.stop();
    this.aggregate.stop();
  }
}

/** @param {Component<ModelData>} component */
async function build({ data }) {
  if (!data.tables.codes) throw new Error('The test images of this model have not been encoded yet.');
  const store = await loadStore(data);
  const holes = new Holes(data, store);
  const talk = conversation(store);
  const unsubscribe = store.subscribe(() => holes.follow());
  return {
    nodes: [holes.root],
    update(/** @type {Component<ModelData>} */ latest) {
      talk.hear(latest);
      holes.follow();
      holes.redraw();
    },
    stop() {
      talk.stop();
      unsubscribe();
      holes.stop();
    },
  };
}

const STYLES = new URL('./bound.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<ModelData>} component
 */
export const mount = (component) => widget(component, build, STYLES);
