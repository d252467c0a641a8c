// The map of a latent space that a pad shows: what is loaded, what is looked at, and how it is drawn.
import { heeded, nearest, row } from '../core/planes.js';
import { bounds, drawAxes, drawDots, drawNames, middles, View } from '../kit/dots.js';
import { theme } from '../kit/elements.js';
import { coalesce } from '../kit/frames.js';
import { loadTables } from '../work/load.js';
import { Edge } from './edge.js';
import { Layers } from './layers.js';
import { Manifold } from './manifold.js';
import { drawCrosshair, drawPins, drawRoute } from './marks.js';
import { layout, PlaneChoice } from './plane.js';
import { drawPosterior } from './posterior.js';

const EDGE = 2.5; // times the reach of the data: farther away there is none

/** One map; `onNews` is called when the code or what is known about it is another. */
export class LatentMap {
  constructor(data, store, batch, { mu, labels }, projected, onNews) {
    this.data = data;
    this.store = store;
    this.batch = batch;
    this.onNews = onNews;
    this.mu = mu.data;
    this.labels = labels.data;
    this.latent = store.vae.latent;
    this.highlight = null;
    this.dimensions = heeded(this.latent, data.kl);
    const kl = data.kl ?? [];
    this.ranked = [...Array(this.latent).keys()].sort((a, b) => (kl[b] ?? 0) - (kl[a] ?? 0));
    this.layers = new Layers();
    this.theme = theme(this.layers.top);
    this.drawSoon = coalesce(() => this.draw());
    this.manifold = new Manifold(batch, store.vae.shape, (done) => {
      if (done) this.layers.top.dataset.tiles = 'complete';
      this.drawSoon();
    });
    this.layout = projected ? layout(projected, data.table, this) : null;
    this.choice = new PlaneChoice(this, () => this.follow());
    this.#look(this.layout ?? this.choice.choose(store));
    batch.ready.then(this.drawSoon);
  }

  get show() {
    return this.layout ? 'dots' : this.store.view.show || 'both';
  }

  // Look at a plane, all of it.
  #look(plane) {
    this.plane = plane;
    this.xy = plane.project(this.mu);
    this.middles = middles(this.xy, this.labels, this.data.class_names.length);
    this.view = new View(bounds(this.xy), this.view?.size);
    this.drawSoon();
  }

  /** Be as the shared state says. */
  follow() {
    const { store, layers } = this;
    const plane = this.layout ? null : this.choice.choose(store);
    if (plane) this.#look(plane);
    this.#followView(store.view);
    if (store.recording && !this.recording) layers.top.scrollIntoView({ block: 'nearest' }); // it is to be drawn on
    this.recording = store.recording;
    if (this.show !== 'dots') this.manifold.ask(this.plane, store.z, this.view);
    this.drawTop();
  }

  #followView({ view = '', show }) {
    if (!this.layout && view !== (this.viewTold ?? '')) {
      this.viewTold = view;
      this.view.restore(view);
      this.drawSoon();
    }
    if (show !== this.showDrawn) this.drawSoon();
    this.showDrawn = show;
  }

  /** Zoom around the middle; 0 shows all. */
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
      this.viewTold = view.text;
      store.view = { ...store.view, view: view.text };
    }
    this.drawSoon();
    store.changed();
  }

  resize(width, height) {
    this.view.size = [width, height];
    this.draw();
  }

  draw() {
    const { data, view, highlight, layers, show } = this;
    const ratio = layers.fit(view.size);
    this.theme = theme(layers.ground);
    const ground = layers.clean(layers.ground, ratio);
    if (show !== 'dots') {
      this.manifold.ask(this.plane, this.store.z, view);
      this.manifold.draw(ground, view);
    }
    layers.dots.hidden = show === 'manifold';
    const words = layers.clean(layers.words, ratio);
    drawAxes(words, view, this.plane.names, this.theme);
    if (show !== 'manifold') {
      drawDots(layers.dots, view, ratio, this.xy, this.labels, { colours: data.colours, highlight });
      drawNames(words, view, this.middles, data.class_names, highlight, this.theme);
    }
    this.drawTop();
  }

  /** Draw what moves with z. */
  drawTop() {
    const { store, view, plane, layers } = this;
    const { size } = view;
    const edge = new Edge(layers.clean(layers.top, layers.fit(size)), size, this.theme);
    const at = (code) => view.toPixel(...plane.place(code));
    if (!this.layout) this.#drawCodes(edge, at);
    drawPins(edge, store.pins.map(at));
    drawCrosshair(edge, at(store.z));
    const news = [store.image, store.z, store.posterior, this.batch.reach, plane];
    // While the view moves there is none, and the nearest of 70,000 codes is not looked for at every frame.
    if (news.every((one, i) => one === this.told?.[i])) return;
    this.told = news;
    this.near = this.#nearest();
    this.onNews();
  }

  // On a projection a place is no code, so neither a way nor an ellipse has one.
  #drawCodes(edge, at) {
    const { store, view, plane, data } = this;
    const { posterior, route, cloud } = store;
    if (route) drawRoute(edge, route.map(at), data.symbols.z);
    if (!posterior) return;
    const { mu, logvar } = posterior;
    const seen = { place: at(mu), ellipse: plane.ellipse(logvar), cloud: cloud?.map(at) ?? [] };
    drawPosterior(edge, seen, { scale: view.scale, colour: data.symbols.sigma });
  }

  // The nearest test image to z, and whether the decoder has ever seen anything like it.
  #nearest() {
    const { store, batch, data } = this;
    const near = nearest(this.mu, this.latent, store.code, this.dimensions);
    return { ...near, name: data.class_names[this.labels[near.index]], trust: trust(near.distance, batch.reach) };
  }

  /** Decode what lies under a pixel; `final` keeps it. */
  pointAt([px, py], final = false) {
    const { store } = this;
    const z = this.plane.at(this.view.toData(px, py), store.held ?? store.z);
    if (store.recording) store.route.push(z);
    store.set(z, { final });
    if (!final) return;
    if (store.held) store.held = store.z;
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
      const words = `test image ${near.index}, class ${near.name}`;
      const of = (table) => row(table, this.latent, near.index);
      if (widths) store.posterior = { mu: of(this.mu), logvar: of(widths.logvar.data), words };
    }
    store.changed(false);
  }

  light(k) {
    this.highlight = k;
    this.drawSoon();
  }
}

function trust(distance, reach) {
  if (!Number.isFinite(reach)) return 'unknown';
  if (distance <= reach) return 'near';
  return distance <= EDGE * reach ? 'edge' : 'far';
}
