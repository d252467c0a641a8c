// Latent map and projections: the codes of the test images, coloured by class; what lies under the pointer is decoded.
import { coalesce, drawPixels, el, fixed, picture, symbol, theme, widget } from './dom.js';
import { View, bounds, drawAxes, drawNames, drawPoints, middles, nearest } from './points.js';
import { pointerOn } from './pointer.js';
import { latentStore } from './state.js';
import { codeToGrid, drawGrid, drawInPlane, gridToCode, tileAtlas } from './tiles.js';
import { load } from './vae.js';

const MODES = { codes: 'Codes', over: 'Codes over manifold', manifold: 'Manifold' };

async function loadPlane(data) {
  const { tables, table, axes } = data;
  if (!tables.latents) throw new Error('The test images of this model have not been encoded yet.');
  if (!tables[table]) throw new Error(`This model has no ${table.toUpperCase()} projection yet.`);
  const [vae, latents, projected] = await load(data, 'latents', table);
  return { vae, labels: latents.labels.data, mu: latents.mu.data, xy: projected.xy?.data ?? plane(latents.mu, axes) };
}

function plane({ data, shape: [count, latent] }, [first, second]) {
  const xy = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    xy[2 * i] = data[i * latent + first];
    xy[2 * i + 1] = latent > 1 ? data[i * latent + second] : 0; // one dimension is drawn on a line
  }
  return xy;
}

function segments(onChoose) {
  const name = `lab-mode-${Math.random()}`;
  const option = ([mode, words]) =>
    el('label', {}, el('input', { type: 'radio', name, checked: mode === 'codes', onchange: () => onChoose(mode) }), words);
  return el('fieldset', { class: 'segments', 'aria-label': 'What the plane shows' }, Object.entries(MODES).map(option));
}

function legend(names, colours, onHighlight) {
  let pinned = null;
  const pin = (k) => {
    pinned = pinned === k ? null : k;
    [...list.children].forEach((button, i) => button.setAttribute('aria-pressed', i === pinned));
    onHighlight(pinned);
  };
  const entry = (name, k) => el('button', { 'aria-pressed': 'false', title: name, onclick: () => pin(k), onpointerenter: () => onHighlight(k),
    onpointerleave: () => onHighlight(pinned) }, el('i', { style: `background: ${colours[k]}` }), name);
  const list = el('div', { class: 'legend', role: 'group', 'aria-label': 'Highlight one class' }, names.map(entry));
  return list;
}

function axisNames({ table, axes }) {
  if (table === 'latents') return axes.map((axis) => symbol('z', axis));
  return table === 'pca' ? ['PC 1', 'PC 2'] : ['UMAP 1', 'UMAP 2'];
}

function sized(canvas, [width, height]) {
  const ratio = Math.min(2, devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// Behind the codes each tile stands at its own code, evenly, so that no digit is squeezed; in σ of the prior.
const EVEN = Array.from({ length: 17 }, (_, i) => (i - 8) * 0.4);

/** One map: what is loaded, what is looked at, and how both are drawn. */
class Plot {
  constructor(data, loaded) {
    Object.assign(this, loaded, { data, mode: 'codes', highlight: null, atlases: {}, at: null, cursor: null });
    // A position of the plane is a code only where the plane is the whole latent space.
    this.isPlane = data.table === 'latents' && this.vae.latent === 2 && data.axes.join() === '0,1';
    this.store = latentStore(data.weights, this.vae.latent);
    this.view = new View(bounds(this.xy));
    this.middles = middles(this.xy, this.labels, data.class_names.length);
    this.names = axisNames(data);
    this.base = el('canvas', { 'aria-hidden': 'true' });
    this.top = el('canvas', { tabindex: 0, role: 'application', 'aria-label': 'Map of the test images. Arrow keys move the crosshair, plus and minus zoom, 0 shows all.' });
    this.image = picture('The image decoded under the crosshair');
    this.words = el('output', { 'aria-live': 'polite' }, 'Point at the map.');
    this.drawSoon = coalesce(() => this.draw());
    this.pointSoon = coalesce(() => this.drawTop());
  }

  draw() {
    const colours = theme(this.base), context = sized(this.base, this.view.size);
    if (this.mode === 'manifold') drawGrid(context, this.atlases.manifold, this.view.size);
    else {
      if (this.mode === 'over') drawInPlane(context, this.atlases.over, EVEN, this.view);
      drawAxes(context, this.view, this.names, colours);
      const alpha = this.mode === 'over' ? 0.55 : 0.8;
      drawPoints(context, this.view, this.xy, this.labels, { colours: this.data.colours, highlight: this.highlight, alpha });
      drawNames(context, this.view, this.middles, this.data.class_names, this.highlight, colours);
    }
    this.drawTop();
  }

  drawTop() {
    const context = sized(this.top, this.view.size), colours = theme(this.top);
    drawPixels(this.image, this.vae.mean(this.store.z), this.vae.shape);
    if (!this.cursor) return;
    const [px, py] = this.pixelOf(this.cursor);
    for (const [width, colour] of [[5, colours.background], [2, colours.text]]) {
      Object.assign(context, { lineWidth: width, strokeStyle: colour });
      context.beginPath();
      context.arc(px, py, 9, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) context.moveTo(px + 9 * dx, py + 9 * dy), context.lineTo(px + 18 * dx, py + 18 * dy);
      context.stroke();
    }
  }

  pixelOf(place) {
    return this.mode === 'manifold' ? codeToGrid(this.data.quantiles, this.view.size, place) : this.view.toPixel(...place);
  }

  /** Decode what lies under a pixel: the position itself, or the nearest test image's code. */
  pointAt(px, py, final) {
    const place = this.mode === 'manifold' ? gridToCode(this.data.quantiles, this.view.size, px, py) : this.view.toData(px, py);
    this.goTo(place, final);
  }

  goTo(place, final = false) {
    this.at = place;
    const near = nearest(this.xy, ...place), name = this.data.class_names[this.labels[near.index]], latent = this.vae.latent;
    this.cursor = this.isPlane ? place : [this.xy[2 * near.index], this.xy[2 * near.index + 1]];
    const z = this.isPlane ? place : this.mu.subarray(near.index * latent, (near.index + 1) * latent);
    this.describe(near, name, this.cursor);
    this.store.set(z, { final });
  }

  describe(near, name, [x, y]) {
    const where = this.names.map((axis, i) => `${axis} = ${fixed([x, y][i])}`).join(', ');
    const what = this.isPlane ? `nearest test image: ${name}, ${fixed(near.distance)} away` : `test image ${near.index}, its x̂`;
    this.words.replaceChildren(el('strong', {}, this.isPlane ? 'Decoded here' : `Class: ${name}`), el('br'), where, el('br'), el('span', { class: 'hint' }, what));
  }

  choose(mode) {
    this.mode = mode;
    const axis = { over: EVEN, manifold: this.data.quantiles }[mode];
    if (axis) this.atlases[mode] ??= tileAtlas(this.vae, axis, () => this.mode === mode && this.drawSoon());
    this.drawSoon();
  }

  light(k) {
    this.highlight = k;
    this.drawSoon();
  }
}

// The plane follows the shared z: another widget may have moved it.
function follow(plot) {
  return plot.store.subscribe((z) => {
    if (plot.isPlane) plot.at = plot.cursor = [z[0], z[1]];
    plot.pointSoon();
  });
}

async function build({ data }) {
  const plot = new Plot(data, await loadPlane(data));
  const reset = el('button', { onclick: () => (plot.view.reset(), plot.drawSoon()) }, 'Show all');
  const head = el('div', { class: 'map-head' }, plot.isPlane ? segments((mode) => plot.choose(mode)) : el('span'), reset);
  const frame = el('div', { class: 'plot' }, plot.base, plot.top);
  const inset = el('div', { class: 'inset' }, plot.image, plot.words, legend(data.class_names, data.colours, (k) => plot.light(k)));
  const observer = new ResizeObserver(() => {
    plot.view.size = [frame.clientWidth, frame.clientHeight];
    plot.draw();
  });
  observer.observe(frame);
  pointerOn(plot);
  const unsubscribe = follow(plot);
  const update = (latest) => {
    plot.data = latest.data;
    plot.drawSoon();
  };
  return { nodes: [el('div', { class: 'map' }, head, frame, inset)], update, stop: () => (Object.values(plot.atlases).forEach((atlas) => atlas.stop()), observer.disconnect(), unsubscribe()) };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
