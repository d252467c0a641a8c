// The map of a latent space that a pad shows: what is loaded, what is looked at, and how it is drawn.
import { heeded, nearest, row } from '../core/planes.js';
import { bounds, drawDots, middles, View } from '../kit/dots.js';
import { drawAxes, drawNames } from '../kit/names.js';
import { theme } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';
import { noun } from '../kit/sample.js';
import { hearHere } from '../state/hearing.js';
import { loadTables } from '../work/load.js';
import { Edge } from './edge.js';
import { Layers } from './layers.js';
import { drawCrosshair, drawPins, drawRoute } from './marks.js';
import { layout, PlaneChoice } from './plane.js';

/** @import { Manifold } from './manifold.js' */
/** @import { Point } from '../kit/dots.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Batch } from '../work/decoding.js' */
/** @import { Codes, ModelData, Projected } from '../work/told.js' */
/** @import { Flat, Near, Trust } from './known.js' */
/** @typedef {ModelData & { table: 'codes' | 'pca' | 'umap' }} Sent - `table`: planes of the codes, or a projection. */

const EDGE = 2.5; // times the reach of the data: farther away there is none
const PRIOR = [-3, 3, -3, 3]; // left, right, bottom, top

/**
 * The box that shows nearly all points; where none is finite, as of absurd weights, that of the prior.
 *
 * @param {Float32Array} xy
 */
function around(xy) {
  const finite = xy.filter((_, i) => Number.isFinite(xy[i]) && Number.isFinite(xy[i ^ 1]));
  return finite.length ? bounds(finite) : PRIOR;
}

/** @typedef {{ labels: Uint8Array, names: string[] }} Labels - What colours the dots. */

/** What is looked at: a plane, all codes on it, and a view of it. */
class Scene {
  /**
   * @param {Flat} plane
   * @param {{ mu: Float32Array, shown: Labels }} codes
   * @param {Point} [size] - pixels
   */
  constructor(plane, { mu, shown }, size) {
    this.plane = plane;
    this.xy = plane.project(mu);
    this.middles = middles(this.xy, shown.labels, shown.names.length);
    this.view = new View(around(this.xy), size);
  }
}

/** What draws a posterior is loaded with the first one. @type {typeof import('./posterior.js') | null} */
let ellipses = null;
/** @param {() => void} then */
async function loadEllipses(then) {
  ellipses = await import('./posterior.js');
  then();
}

/** One map; `onNews` is called when the code or what is known about it is another. */
export class LatentMap {
  /**
   * @param {Sent} data
   * @param {{ store: Store, batch: Batch, codes: Codes, projected: Projected | null }} loaded
   * @param {() => void} onNews
   */
  constructor(data, { store, batch, codes, projected }, onNews) {
    this.data = data;
    this.store = store;
    this.batch = batch;
    this.onNews = onNews;
    this.mu = codes.mu.data;
    this.labels = codes.labels.data;
    /** @type {{ [colour: string]: Labels }} */
    this.colourings = { '': { labels: this.labels, names: data.class_names } };
    if (codes.groups && data.groups) this.colourings.groups = { labels: codes.groups.data, names: data.groups.names };
    this.colourDrawn = '';
    this.latent = store.vae.latent;
    /** @type {number | null} */
    this.highlight = null;
    this.recording = false;
    // What was drawn last: the view and the kind of picture by their names in the address, and what belongs to z.
    this.viewDrawn = '';
    this.showDrawn = '';
    /** @type {unknown[]} */
    this.drawn = [];
    /** @type {Near} */
    this.near = { index: -1, distance: Infinity, name: '', trust: 'unknown' };
    this.dimensions = heeded(this.latent, data.kl);
    const kl = data.kl ?? [];
    this.ranked = [...Array(this.latent).keys()].sort((a, b) => (kl[b] ?? 0) - (kl[a] ?? 0));
    this.layers = new Layers();
    this.theme = theme(this.layers.top);
    this.drawSoon = coalesce(() => this.draw());
    /** @type {Manifold | null} - behind the codes; it comes after them */
    this.manifold = null;
    this.#loadManifold();
    this.layout = projected && layout(projected.xy, data.table, this);
    this.choice = new PlaneChoice(this, () => this.follow());
    this.choice.choose(store);
    this.scene = new Scene(this.layout ?? this.choice.plane, this);
    batch.ready.then(this.drawSoon);
  }

  async #loadManifold() {
    const { Manifold } = await import('./manifold.js');
    this.manifold = new Manifold(this.batch, this.store.vae.shape, (done) => {
      if (done) this.layers.top.dataset.tiles = 'complete';
      this.drawSoon();
    });
    this.drawSoon();
  }

  get show() {
    return this.layout ? 'dots' : this.store.view.show || 'both';
  }

  /** What colours the dots: the classes, or a second label. */
  get shown() {
    return this.colourings[this.store.view.colour ?? ''] ?? this.colourings[''];
  }

  get plane() {
    return this.scene.plane;
  }

  get view() {
    return this.scene.view;
  }

  /** Be as the shared state says. */
  follow() {
    const { store, layers } = this;
    if (!this.layout && this.choice.choose(store)) {
      this.scene = new Scene(this.choice.plane, this, this.view.size);
      this.drawSoon();
    }
    this.#followColour(store.view);
    this.#followView(store.view);
    if (store.recording && !this.recording) layers.top.scrollIntoView({ block: 'nearest' }); // it is to be drawn on
    this.recording = store.recording;
    if (this.show !== 'dots') this.manifold?.ask(this.plane, store.z, this.view);
    this.drawTop();
  }

  /** @param {Store['view']} told */
  #followColour({ colour = '' }) {
    if (colour === this.colourDrawn) return;
    this.colourDrawn = colour;
    this.highlight = null;
    this.scene.middles = middles(this.scene.xy, this.shown.labels, this.shown.names.length);
    this.drawSoon();
  }

  /** @param {Store['view']} told */
  #followView({ view = '', show = '' }) {
    if (!this.layout && view !== this.viewDrawn) {
      this.viewDrawn = view;
      this.view.restore(view);
      this.drawSoon();
    }
    if (show !== this.showDrawn) this.drawSoon();
    this.showDrawn = show;
  }

  /**
   * Zoom around the middle; 0 shows all.
   *
   * @param {number} factor
   */
  zoom(factor) {
    const [width, height] = this.view.size;
    if (factor) this.view.zoomAt(width / 2, height / 2, factor);
    else this.view.reset();
    this.moved();
  }

  /** The view has been moved by hand. */
  moved() {
    const { view, store } = this;
    view.restore(view.text); // as the address will say
    if (!this.layout) {
      this.viewDrawn = view.text;
      store.view = { ...store.view, view: view.text };
    }
    this.drawSoon();
    store.changed();
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.view.size = [width, height];
    this.draw();
  }

  draw() {
    const { data, scene, highlight, layers, show, shown } = this;
    const { plane, view } = scene;
    const ratio = layers.fit(view.size);
    this.theme = theme(layers.ground);
    const ground = layers.clean(layers.ground, ratio);
    if (show !== 'dots') {
      this.manifold?.ask(plane, this.store.z, view);
      this.manifold?.draw(ground, view);
    }
    layers.dots.hidden = show === 'manifold';
    const words = layers.clean(layers.words, ratio);
    drawAxes(words, view, plane.names, this.theme);
    if (show !== 'manifold') {
      drawDots(layers.dots, view, ratio, scene.xy, shown.labels, { colours: data.colours, highlight });
      drawNames(words, view, scene.middles, shown.names, highlight, this.theme);
    }
    this.drawTop();
  }

  /** Draw what moves with z. */
  drawTop() {
    const { store, view, plane, layers } = this;
    const { size } = view;
    const edge = new Edge(layers.clean(layers.top, layers.fit(size)), size, this.theme);
    /** @param {Float32Array} code */
    const at = (code) => view.toPixel(...plane.place(code));
    if (!this.layout) this.#drawCodes(edge, at);
    drawPins(edge, store.pins.map(at));
    drawCrosshair(edge, at(store.z));
    const news = [store.image, store.z, store.posterior, this.batch.reach, plane];
    // While the view moves there is none, and the nearest of 70,000 codes is not looked for at every frame.
    if (news.every((one, i) => one === this.drawn[i])) return;
    this.drawn = news;
    this.near = this.#nearest();
    this.onNews();
  }

  /**
   * On a projection a place is no code, so neither a way nor an ellipse has one.
   *
   * @param {Edge} edge
   * @param {(code: Float32Array) => Point} at
   */
  #drawCodes(edge, at) {
    const { store, view, data } = this;
    const { plane } = this.choice;
    const { posterior, route, cloud } = store;
    if (route) drawRoute(edge, route.map(at), data.symbols.z);
    if (!posterior) return;
    if (!ellipses) {
      loadEllipses(this.drawSoon);
      return;
    }
    const { mu, logvar } = posterior;
    const seen = { place: at(mu), ellipse: plane.ellipse(logvar), cloud: cloud?.map(at) ?? [] };
    ellipses.drawPosterior(edge, seen, { scale: view.scale, colour: data.symbols.sigma });
  }

  /**
   * The nearest test image to z, and whether the decoder has ever seen anything like it.
   *
   * @returns {Near}
   */
  #nearest() {
    const { store, batch, data } = this;
    const near = nearest(this.mu, this.latent, store.code, this.dimensions);
    return { ...near, name: data.class_names[this.labels[near.index]], trust: trust(near.distance, batch.reach) };
  }

  /**
   * Decode what lies under a pixel; `final` keeps it.
   *
   * @param {Point} pixel
   * @param {boolean} [final]
   */
  pointAt([px, py], final = false) {
    const { store } = this;
    const z = this.plane.at(this.view.toData(px, py), store.held ?? store.z);
    if (store.recording) store.route?.push(z);
    store.set(z, { final });
    if (!final) return;
    if (store.held) store.held = store.z;
    hearHere(store);
    this.#choosePosterior();
  }

  /** The pointer looks around from here, and will come back unless it clicks. */
  enter() {
    this.store.held ??= this.store.z;
  }

  leave() {
    const { held } = this.store;
    this.store.held = null;
    if (held) this.store.set(held);
  }

  // The posterior of the nearest test image belongs to the chosen place, if there is one that near.
  async #choosePosterior() {
    const { near, store } = this;
    if (near.trust === 'far' || near.index < 0) store.posterior = null;
    else {
      const [widths] = await loadTables(this.data, 'widths');
      const words = `test ${noun(store.vae.shape)} ${near.index}, class ${near.name}`;
      /** @param {Float32Array} table */
      const of = (table) => row(table, this.latent, near.index);
      if (widths) store.posterior = { mu: of(this.mu), logvar: of(widths.logvar.data), words };
    }
    store.changed(false);
  }

  /** @param {number | null} k */
  light(k) {
    this.highlight = k;
    this.drawSoon();
  }
}

/**
 * @param {number} distance
 * @param {number} reach
 * @returns {Trust}
 */
function trust(distance, reach) {
  if (!Number.isFinite(reach)) return 'unknown';
  if (distance <= reach) return 'near';
  return distance <= EDGE * reach ? 'edge' : 'far';
}
