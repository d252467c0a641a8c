// The latent pad: the test codes in a plane of the latent space, the manifold behind them, and z under the pointer.
import { loadBatch } from '../work/decoding.js';
import { coalesce } from '../kit/frames.js';
import { drawPixels } from '../kit/sample.js';
import { el, fixed, picture, symbol, theme } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { Manifold } from './manifold.js';
import { drawCrosshair, drawPins, drawPosterior, drawRoute } from './marks.js';
import { axesPlane, heeded, nearest, row } from '../core/planes.js';
import { pointerOn } from './pointer.js';
import { View, bounds, drawAxes, drawDots, drawNames, middles } from '../kit/dots.js';
import { conversation, loadStore } from '../state/store.js';
import { toolbar } from './toolbar.js';
import { loadTables } from '../work/load.js';

const EDGE = 2.5; // times the reach of the data: farther away there is none

// The table of a projection as a plane: places are given, and a place is not a code.
function layout({ xy: { data } }, mu, latent, dimensions, names) {
  const near = (z) => row(data, 2, nearest(mu, latent, z, dimensions).index);
  return {
    names,
    project: () => data,
    place: near,
    at: (place) => row(mu, latent, nearest(data, 2, place, [0, 1]).index),
  };
}

/** One pad: what is loaded, what is looked at, and how it is drawn. */
class Pad {
  constructor(data, store, batch, { mu, labels }, projected) {
    const names = { pca: ['PC 1', 'PC 2'], umap: ['UMAP 1', 'UMAP 2'] }[data.table];
    Object.assign(this, {
      data,
      store,
      batch,
      mu: mu.data,
      labels: labels.data,
      highlight: null,
      latent: store.vae.latent,
    });
    this.dimensions = heeded(this.latent, data.kl);
    this.layout = projected && layout(projected, this.mu, this.latent, this.dimensions, names);
    const kl = data.kl ?? [];
    this.ranked = [...Array(this.latent).keys()].sort((a, b) => (kl[b] ?? 0) - (kl[a] ?? 0));
    this.canvases = ['ground', 'dots', 'words'].map(() => el('canvas', { 'aria-hidden': 'true' }));
    const label = 'Latent pad. Arrow keys move the code z, plus and minus zoom, 0 shows all, K keeps the code.';
    this.top = el('canvas', { tabindex: 0, role: 'application', 'aria-label': label });
    this.image = picture('The image decoded from z');
    this.said = el('output', { 'aria-live': 'polite' });
    this.drawSoon = coalesce(() => this.draw());
    this.manifold = new Manifold(batch, store.vae.shape, (done) => {
      if (done) this.top.dataset.tiles = 'complete';
      this.drawSoon();
    });
    this.choosePlane();
    batch.ready.then(this.drawSoon);
  }

  get show() {
    return this.layout ? 'dots' : this.store.view.show || 'both';
  }

  /** The plane that the shared state names; the first two dimensions in rank if it cannot be. */
  choosePlane() {
    const {
        view: { plane = '' },
        pins,
      } = this.store,
      named = plane.match(/^z(\d+)-z(\d+)$/),
      best = this.latent > 2 ? this.ranked : [0, 1];
    const [i, j] = named ? [named[1] - 1, named[2] - 1] : best,
      letters = ['along A B', 'towards C'];
    const wish = `${plane}${plane === 'pins' ? JSON.stringify(pins.slice(0, 3).map((pin) => [...pin])) : ''}${!!this.planes}`;
    if (this.planeWish === wish) return;
    const spanned = plane === 'pca' || (plane === 'pins' && pins.length > 2);
    if (spanned && !this.planes) import('../core/spans.js').then((planes) => ((this.planes = planes), this.follow()));
    const flat =
      spanned &&
      (plane === 'pca'
        ? this.planes?.principalPlane(this.mu, this.latent, ['PC 1', 'PC 2'])
        : this.planes?.planeThrough(pins, letters));
    this.planeWish = wish;
    this.plane = this.layout || flat || axesPlane(this.latent, i, j, [symbol('z', i), symbol('z', j)]);
    this.xy = this.plane.project(this.mu);
    this.middles = middles(this.xy, this.labels, this.data.class_names.length);
    this.view = new View(bounds(this.xy), this.view?.size);
    this.drawSoon();
  }

  follow() {
    this.choosePlane();
    const { view = '', show } = this.store.view;
    if (!this.layout && view !== (this.viewTold ?? ''))
      [this.viewTold] = [view, this.view.restore(view), this.drawSoon()];
    if (this.store.recording && !this.recording) this.top.scrollIntoView({ block: 'nearest' }); // it is to be drawn on
    this.recording = this.store.recording;
    if (show !== this.showDrawn) [this.showDrawn] = [show, this.drawSoon()];
    if (this.show !== 'dots') this.manifold.ask(this.plane, this.store.z, this.view);
    this.drawTop();
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
    this.view.restore(this.view.text); // as the address will say
    if (!this.layout) this.store.view = { ...this.store.view, view: (this.viewTold = this.view.text) };
    this.drawSoon();
    this.store.changed();
  }

  fit() {
    const ratio = Math.min(2, devicePixelRatio || 1),
      [width, height] = this.view.size.map((length) => Math.round(length * ratio));
    for (const canvas of [...this.canvases, this.top])
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    return ratio;
  }

  clean(canvas, ratio) {
    const context = canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  draw() {
    const ratio = this.fit(),
      [ground, dots, words] = this.canvases,
      { data, view, highlight } = this;
    this.theme = theme(ground);
    const context = this.clean(ground, ratio);
    if (this.show !== 'dots') {
      this.manifold.ask(this.plane, this.store.z, view);
      this.manifold.draw(context, view);
    }
    dots.hidden = this.show === 'manifold';
    if (!dots.hidden) drawDots(dots, view, ratio, this.xy, this.labels, { colours: data.colours, highlight });
    const letters = this.clean(words, ratio);
    drawAxes(letters, view, this.plane.names, this.theme);
    if (!dots.hidden) drawNames(letters, view, this.middles, data.class_names, highlight, this.theme);
    this.drawTop();
  }

  drawTop() {
    const { store, view, plane, data } = this,
      context = this.clean(this.top, this.fit()),
      at = (code) => view.toPixel(...plane.place(code));
    this.theme ??= theme(this.top);
    if (store.route && !this.layout) drawRoute(context, store.route.map(at), this.theme, data.symbols.z);
    if (store.posterior && !this.layout) {
      const { mu, logvar } = store.posterior;
      drawPosterior(
        context,
        at(mu),
        plane.ellipse(logvar),
        view.scale,
        view.size,
        this.theme,
        data.symbols.sigma,
        store.cloud?.map(at),
      );
    }
    drawPins(context, store.pins.map(at), this.theme);
    drawCrosshair(context, at(store.z), this.theme);
    const news = [store.image, store.z, store.posterior, this.batch.reach, plane];
    // While the view moves there is none, and the nearest of 70,000 codes is not looked for at every frame.
    if (news.every((one, i) => one === this.told?.[i])) return;
    this.told = news;
    drawPixels(this.image, store.image, store.vae.shape);
    this.describe();
  }

  /** What is known about z: the nearest test image, and whether the decoder has ever seen anything like it. */
  describe() {
    const { store, batch, data } = this,
      near = nearest(this.mu, this.latent, store.code, this.dimensions),
      name = data.class_names[this.labels[near.index]];
    const trust = near.distance <= batch.reach ? 'near' : near.distance <= EDGE * batch.reach ? 'edge' : 'far';
    this.near = { ...near, name, trust };
    const place = this.plane.place(store.z),
      where = this.plane.names.map((axis, i) => `${axis} = ${fixed(place[i])}`).join(', ');
    const verdict = {
      near: 'Test images are near',
      edge: 'At the edge of the data',
      far: 'No test image near: the decoder makes this up',
    }[trust];
    this.image.className = `pixels ${trust}`;
    const words = [
      this.layout ? `Test image ${near.index}` : verdict,
      where,
      `nearest: ${name}, ${fixed(near.distance)} σ away (up to ${fixed(batch.reach)} is usual)`,
      store.posterior ? `ellipse: posterior of ${store.posterior.words}` : '',
    ];
    this.said.replaceChildren(
      ...words.flatMap((line, i) => (i ? [el('br'), el('span', { class: 'hint' }, line)] : [el('strong', {}, line)])),
    );
  }

  /** Decode what lies under a pixel; `final` keeps it. */
  pointAt(px, py, final) {
    const z = this.plane.at(this.view.toData(px, py), this.store.held ?? this.store.z);
    if (this.store.recording) this.store.route.push(z);
    this.store.set(z, { final });
    if (final) this.store.held &&= this.store.z;
    if (final) this.chosen();
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
  async chosen() {
    const { near, store } = this;
    if (near.trust === 'far') store.posterior = null;
    else {
      const [widths] = await loadTables(this.data, 'widths'),
        words = `test image ${near.index}, class ${near.name}`;
      if (widths)
        store.posterior = {
          mu: row(this.mu, this.latent, near.index),
          logvar: row(widths.logvar.data, this.latent, near.index),
          words,
        };
    }
    store.changed(false);
  }

  light(k) {
    this.highlight = k;
    this.drawSoon();
  }
}

function legend(names, colours, onHighlight) {
  let pinned = null;
  const pin = (k) => {
    pinned = pinned === k ? null : k;
    [...list.children].forEach((button, i) => button.setAttribute('aria-pressed', i === pinned));
    onHighlight(pinned);
  };
  const entry = (name, k) =>
    el(
      'button',
      {
        'aria-pressed': 'false',
        onclick: () => pin(k),
        onpointerenter: () => onHighlight(k),
        onpointerleave: () => onHighlight(pinned),
      },
      el('i', { style: `background: ${colours[k]}` }),
      name,
    );
  const list = el('div', { class: 'legend', role: 'group', 'aria-label': 'Highlight one class' }, names.map(entry));
  return list;
}

async function load(data) {
  const { tables, table } = data;
  if (!tables.codes) throw new Error('The test images of this model have not been encoded yet.');
  if (!tables[table]) throw new Error(`This model has no ${table.toUpperCase()} projection yet.`);
  const [store, batch, [codes, projected]] = await Promise.all([
    loadStore(data),
    loadBatch(data),
    loadTables(data, 'codes', table),
  ]);
  return new Pad(data, store, batch, codes, table !== 'codes' && projected);
}

async function build({ data }) {
  const pad = await load(data),
    { store } = pad,
    talk = conversation(store),
    bar = toolbar(pad);
  const frame = el('div', { class: 'plot' }, pad.canvases, pad.top);
  const inset = el(
    'div',
    { class: 'inset' },
    pad.image,
    pad.said,
    legend(data.class_names, data.colours, (k) => pad.light(k)),
  );
  const observer = new ResizeObserver(() => {
    if (!frame.clientWidth) return; // taken out of the page
    pad.view.size = [frame.clientWidth, frame.clientHeight];
    pad.draw();
  });
  observer.observe(frame);
  pointerOn(pad);
  const unsubscribe = store.subscribe(() => (bar.follow(), pad.follow()));
  const update = (latest) => {
    pad.data = latest.data;
    talk.hear(latest);
    bar.follow();
    pad.follow();
    pad.drawSoon();
  };
  return {
    nodes: [el('div', { class: 'pad' }, el('div', { class: 'map' }, bar.node, frame, inset))],
    update,
    stop: () => (pad.leave(), pad.manifold.stop(), observer.disconnect(), unsubscribe(), talk.stop()),
  };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
