// Reparameterization: the image on its way to z = μ + σ·ε and back, with ε under the hand.
import { loadBatch } from '../work/decoding.js';
import { drawPixels } from '../kit/sample.js';
import { el, fixed, picture, symbol } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { rates } from '../core/prior.js';
import { field } from './field.js';
import { drawOf } from '../state/noise.js';
import { conversation, loadStore } from '../state/store.js';
import { normal } from '../core/prior.js';
import { subject } from '../state/subject.js';

const SHOWN = 4; // dimensions whose numbers are written out
const CLOUD = 200,
  DECODED = 24;
const REST_MS = 500; // the wires run on for so long
// from, its place in shares of the box, to, its place, the symbol whose colour the wire has
const WIRES = [
  ['x', 1, 0.5, 'encoder', 0, 0.5, 'x'],
  ['encoder', 1, 0.32, 'mu', 0, 0.6, 'mu'],
  ['encoder', 1, 0.68, 'sigma', 0, 0.3, 'sigma'],
  ['mu', 0.5, 1, 'z', 0.3, 0, 'mu'],
  ['sigma', 0, 0.75, 'z', 0.75, 0, 'sigma'],
  ['eps', 1, 0.5, 'z', 0, 0.5, 'eps'],
  ['z', 1, 0.5, 'decoder', 0, 0.5, 'z'],
  ['decoder', 1, 0.5, 'y', 0, 0.5, 'x_hat'],
];
const LETTERS = { mu: 'μ', sigma: 'σ', eps: 'ε', z: 'z' };

// A wire leaves and arrives at right angles to the side of the box.
function bend(a, [ax, ay], b, [bx, by], origin) {
  const at = (box, x, y) => [box.left + x * box.width - origin.left, box.top + y * box.height - origin.top];
  const from = at(a, ax, ay),
    to = at(b, bx, by);
  if (bx === 0 && from[1] > at(b, 0, 0.05)[1] && from[1] < at(b, 0, 0.95)[1]) to[1] = from[1]; // straight where it can be
  const reach = Math.hypot(to[0] - from[0], to[1] - from[1]) / 2;
  const out = ([x, y], sx, sy) => [
    x + reach * (sx === 1) - reach * (sx === 0),
    y + reach * (sy === 1) - reach * (sy === 0),
  ];
  return `M${from}C${[...out(from, ax, ay), ...out(to, bx, by), ...to]}`;
}

function wiring(root, boxes, symbols) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const paths = WIRES.map(([from, , , to, , , colour]) => {
    const path = document.createElementNS(svg.namespaceURI, 'path');
    path.setAttribute('stroke', symbols[colour]);
    path.setAttribute('class', `${from}-${to}`);
    svg.append(path);
    return path;
  });
  root.prepend(svg);
  return () => {
    const origin = root.getBoundingClientRect(),
      rect = (name) => boxes[name].getBoundingClientRect();
    WIRES.forEach(([from, ax, ay, to, bx, by], i) =>
      paths[i].setAttribute('d', bend(rect(from), [ax, ay], rect(to), [bx, by], origin)),
    );
  };
}

const put = (node, text) => node.textContent === text || (node.textContent = text); // what stays the same costs no layout

function numberBox(kind, latent, colour, ...more) {
  const rows = Array.from({ length: Math.min(SHOWN, latent) }, () => [
      el('th', { scope: 'row' }),
      el('td', { class: 'number' }),
    ]),
    words = el('span', { class: 'hint' });
  const node = el(
    'div',
    { class: `box ${kind}`, style: `--c: ${colour}; grid-area: ${kind}` },
    el('b', {}, LETTERS[kind]),
    ' ',
    words,
    more,
    el(
      'table',
      {},
      rows.map((cells) => el('tr', {}, cells)),
    ),
  );
  const show = (values, dimensions) =>
    dimensions.forEach((dimension, i) => {
      put(rows[i][0], symbol(LETTERS[kind], dimension));
      put(rows[i][1], fixed(values[dimension]));
    });
  return { node, words, show };
}

/** The two dimensions of the field: those of the pad's plane, or those that carry the most of the test set's rate. */
function fieldDims({ view: { plane = '' }, vae: { latent } }, kl) {
  const named = plane.match(/^z(\d+)-z(\d+)$/);
  if (named) return [named[1] - 1, named[2] - 1];
  return latent < 3 ? [0, 1] : [...Array(latent).keys()].sort((a, b) => (kl?.[b] ?? 0) - (kl?.[a] ?? 0)).slice(0, 2);
}

// The field's dimensions, then those with the highest rate of this image, as many as are written out, in their order.
function written({ mu, logvar }, dims, latent) {
  const found = rates(mu, logvar),
    order = [...found.keys()].sort((a, b) => found[b] - found[a]);
  return [...new Set([...dims.filter((i) => i < latent), ...order])].slice(0, SHOWN).sort((a, b) => a - b);
}

class Trick {
  constructor(data, store, draw, chooser) {
    const {
        vae: { latent },
      } = store,
      { symbols } = data;
    Object.assign(this, { data, store, draw, latent });
    this.field = field(symbols.eps, ([a, b], final) => {
      const eps = [...draw.eps],
        [i, j] = this.dims;
      eps[i] = a;
      if (j < latent) eps[j] = b;
      draw.set({ eps }, final);
    });
    const share = (final) => draw.set({ share: Number(this.slider.value) }, final);
    this.slider = el('input', {
      type: 'range',
      min: 0,
      max: 1,
      step: 0.01,
      'aria-label': 'Share s of σ',
      oninput: () => share(false),
      onchange: () => share(true),
    });
    this.shareWords = el('b', { class: 'number' });
    const box = (kind, ...more) => numberBox(kind, latent, symbols[kind], ...more),
      part = (name) => el('div', { class: `part ${name}`, style: `grid-area: ${name}` }, el('span', {}, name));
    this.boxes = {
      mu: box('mu'),
      sigma: box('sigma', el('label', {}, this.shareWords, this.slider)),
      eps: box('eps', this.axes(), this.field.node),
      z: box('z'),
    };
    this.answer = picture('The image decoded from z');
    const y = el(
      'figure',
      { style: `--c: ${symbols.x_hat}; grid-area: y` },
      el('b', {}, 'x̂'),
      this.answer,
      el('figcaption', {}, 'decoded from z'),
    );
    this.film = el(
      'div',
      { class: 'cloud', hidden: true, 'aria-label': `${DECODED} images decoded from the cloud` },
      Array.from({ length: DECODED }, () => picture('')),
    );
    const halves = { encoder: part('encoder'), decoder: part('decoder') },
      { mu, sigma, eps, z } = this.boxes;
    this.root = el(
      'div',
      { class: 'trick' },
      chooser.node,
      halves.encoder,
      mu.node,
      this.buttons(),
      sigma.node,
      eps.node,
      z.node,
      halves.decoder,
      y,
    );
    const nodes = {
      ...halves,
      x: chooser.node.querySelector('canvas'),
      eps: eps.node,
      mu: mu.node,
      sigma: sigma.node,
      z: z.node,
      y: this.answer,
    };
    this.rewire = wiring(this.root, nodes, symbols);
    mu.words.textContent = 'mean';
    eps.words.textContent = 'noise, N(0, 1): drag it';
  }

  buttons() {
    const { draw, latent } = this,
      button = (words, onclick) => el('button', { onclick }, words);
    const toggle = (words, change, pressed = false) => {
      const node = el(
        'button',
        { 'aria-pressed': String(pressed), onclick: () => (node.ariaPressed = String(change())) },
        words,
      );
      return node;
    };
    return el(
      'div',
      { class: 'buttons', style: 'grid-area: go' },
      button('New ε', () => draw.renew()),
      button('ε = 0', () => draw.glide(draw.eps.map(() => 0))),
      toggle('Freeze ε', () => (draw.frozen = !draw.frozen), draw.frozen),
      toggle('Cloud', () => {
        draw.set(
          { cloud: draw.cloud ? null : Array.from({ length: CLOUD }, () => Array.from({ length: latent }, normal)) },
          false,
        );
        return Boolean(draw.cloud);
      }),
    );
  }

  /** Which two dimensions the field shows; a 2-D model has no others. */
  axes() {
    const { store, latent } = this;
    if (latent < 3) return null;
    const change = () => {
      const [i, j] = this.selects.map((select) => select.value);
      if (i !== j) store.view = { ...store.view, plane: `z${i}-z${j}`, view: '' };
      store.changed();
    };
    this.selects = ['across', 'up'].map((way) =>
      el(
        'select',
        { 'aria-label': `ε ${way}`, onchange: change },
        Array.from({ length: latent }, (_, i) => el('option', { value: i + 1 }, symbol('ε', i))),
      ),
    );
    return el('div', { class: 'axes' }, this.selects[0], ' × ', this.selects[1]);
  }

  fit() {
    this.field.fit();
    this.rewire();
    this.show();
  }

  /** Everything that follows ε; cheap, for it is done at every frame. */
  show() {
    const {
      store,
      store: { vae, view, z },
      draw,
      draw: { posterior },
      boxes,
      root,
      answer,
      slider,
      latent,
    } = this;
    if (!posterior) return;
    this.dims = fieldDims(store, this.data.kl);
    const dimensions = written(posterior, this.dims, latent),
      { sigma, share, eps } = draw,
      values = { mu: posterior.mu, sigma, eps, z };
    for (const kind of Object.keys(LETTERS)) boxes[kind].show(values[kind], dimensions);
    drawPixels(answer, store.off.size ? vae.mean(z) : store.image, vae.shape);
    this.field.show(eps, draw.cloud, this.dims);
    this.selects?.forEach((select, k) => (select.value = this.dims[k] + 1));
    if (Number(slider.value) !== share) slider.value = share;
    put(this.shareWords, `× ${fixed(share)}`);
    put(boxes.sigma.words, share ? 'standard deviation' : '× 0: an autoencoder');
    const blocked = view.blocked === '1';
    put(boxes.z.words, blocked ? 'at random' : share === 1 ? 'μ + σ·ε' : share ? `μ + ${fixed(share)}·σ·ε` : 'μ');
    root.classList.toggle('blocked', blocked);
    this.light(posterior, z);
    this.decodeCloud();
  }

  // The wires run where something has changed: all of them for another image, from ε on for another z.
  light(posterior, z) {
    const lit = posterior !== this.lit?.posterior ? 'all' : z !== this.lit.z && 'noise';
    this.lit = { posterior, z };
    if (!lit) return;
    this.root.dataset.lit = lit;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => delete this.root.dataset.lit, REST_MS);
  }

  async decodeCloud() {
    const {
      store: { vae, cloud },
      film,
    } = this;
    film.hidden = !cloud;
    const codes = Float32Array.from((cloud ?? []).slice(0, DECODED).flatMap((code) => [...code])),
      known = codes.join();
    if (known === this.decoded) return;
    this.decoded = known;
    if (cloud)
      (await loadBatch(this.data)).ask('cloud', codes, ({ from, images }) =>
        images.forEach((image, i) => drawPixels(film.children[from + i], image, vae.shape, 255)),
      );
  }
}

async function build({ data }) {
  const store = await loadStore(data),
    chooser = await subject(store, data),
    { draw, release } = drawOf(store),
    talk = conversation(store);
  const trick = new Trick(data, store, draw, chooser),
    observer = new ResizeObserver(() => trick.fit()),
    unsubscribe = store.subscribe(() => trick.show());
  observer.observe(trick.root);
  const update = (latest) => {
    talk.hear(latest);
    trick.fit();
  };
  const stop = () => (
    clearTimeout(trick.timer),
    observer.disconnect(),
    unsubscribe(),
    release(),
    chooser.stop(),
    talk.stop()
  );
  return { nodes: [trick.root, trick.film], update, stop };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
