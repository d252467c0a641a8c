// Reparameterization: the image on its way to z = μ + σ·ε and back, with ε under the hand.
import { normal } from '../core/prior.js';
import { el, fixed, picture, symbol } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { numberBox, put } from '../kit/numbers.js';
import { drawPixels } from '../kit/sample.js';
import { drawOf } from '../state/noise.js';
import { conversation, loadStore } from '../state/store.js';
import { loadSubject } from '../state/subject.js';
import { Field, SHOWN, fieldDimensions, writtenDimensions } from './field.js';
import { Film } from './film.js';
import { wiring } from './wires.js';

/** @import { Component } from '../kit/component.js' */
/** @import { Draw } from '../state/noise.js' */
/** @import { Store } from '../state/store.js' */
/** @import { Looked, Subject } from '../state/subject.js' */
/** @import { ModelData } from '../work/told.js' */
/** @import { Pair } from './field.js' */

const CLOUD = 200;
const REST_MS = 500; // the wires run on for so long

/**
 * A button that stays down; `change` returns whether it is.
 *
 * @param {string} words
 * @param {() => boolean} change
 */
function toggle(words, change, pressed = false) {
  const node = el('button', { 'aria-pressed': String(pressed) }, words);
  node.addEventListener('click', () => {
    node.ariaPressed = String(change());
  });
  return node;
}

/**
 * What z is made of, in words.
 *
 * @param {number} share
 * @param {boolean} blocked
 */
function formula(share, blocked) {
  if (blocked) return 'at random';
  if (share === 0) return 'μ';
  return share === 1 ? 'μ + σ·ε' : `μ + ${fixed(share)}·σ·ε`;
}

/** The picture: chooser above, then the image's way in two steps, ε under z. */
class Trick {
  /**
   * @param {ModelData} data
   * @param {Store} store
   * @param {Draw} draw
   * @param {Subject} chooser
   */
  constructor(data, store, draw, chooser) {
    this.data = data;
    this.store = store;
    this.draw = draw;
    this.latent = store.vae.latent;
    this.dimensions = [0, 1];
    this.shareWords = el('b', { class: 'number' });
    /** @type {HTMLInputElement} */
    this.slider = this.#slider();
    /** @type {HTMLSelectElement[]} */
    this.selects = [];
    this.field = new Field(data.symbols.eps, (pair, final) => this.#drag(pair, final));
    this.boxes = this.#boxes();
    this.answer = picture('The image decoded from z');
    this.film = new Film(data, store);
    /** @type {{ posterior: Looked, z: Float32Array } | null} */
    this.lit = null;
    this.timer = 0;
    this.root = el('div', { class: 'trick' }, chooser.node);
    this.rewire = this.#furnish(chooser.canvas);
  }

  #slider() {
    const share = (/** @type {boolean} */ final) => this.draw.set({ share: Number(this.slider.value) }, final);
    return el('input', {
      type: 'range',
      min: 0,
      max: 1,
      step: 0.01,
      'aria-label': 'Share s of σ',
      oninput: () => share(false),
      onchange: () => share(true),
    });
  }

  #boxes() {
    const what = { count: Math.min(SHOWN, this.latent), symbols: this.data.symbols };
    const mu = numberBox('mu', what);
    const sigma = numberBox('sigma', what, el('label', {}, this.shareWords, this.slider));
    const eps = numberBox('eps', what, this.#axes(), this.field.node);
    const z = numberBox('z', what);
    mu.words.textContent = 'mean';
    eps.words.textContent = 'noise, N(0, 1): drag it';
    return { mu, sigma, eps, z };
  }

  /**
   * Everything in its place, joined by wires that begin at the image x.
   *
   * @param {Element} x
   */
  #furnish(x) {
    const { answer } = this;
    const { symbols } = this.data;
    const { mu, sigma, eps, z } = this.boxes;
    const part = (/** @type {string} */ name) =>
      el('div', { class: `part ${name}`, style: `grid-area: ${name}` }, el('span', {}, name));
    const [encoder, decoder] = [part('encoder'), part('decoder')];
    const y = el(
      'figure',
      { style: `--c: ${symbols.x_hat}; grid-area: y` },
      el('b', {}, 'x̂'),
      answer,
      el('figcaption', {}, 'decoded from z'),
    );
    this.root.append(encoder, mu.box, this.#buttons(), sigma.box, eps.box, z.box, decoder, y);
    const numbers = { mu: mu.box, sigma: sigma.box, eps: eps.box, z: z.box };
    return wiring(this.root, { x, encoder, ...numbers, decoder, y: answer }, symbols);
  }

  #buttons() {
    const { draw } = this;
    const freeze = () => {
      draw.frozen = !draw.frozen;
      return draw.frozen;
    };
    return el(
      'div',
      { class: 'buttons', style: 'grid-area: go' },
      el('button', { onclick: () => draw.renew() }, 'New ε'),
      el('button', { onclick: () => draw.glide(draw.eps.map(() => 0)) }, 'ε = 0'),
      toggle('Freeze ε', freeze, draw.frozen),
      toggle('Cloud', () => this.#toggleCloud()),
    );
  }

  #toggleCloud() {
    const { draw, latent } = this;
    const one = () => Array.from({ length: latent }, () => normal());
    draw.set({ cloud: draw.cloud ? null : Array.from({ length: CLOUD }, one) }, false);
    return draw.cloud !== null;
  }

  /** Which two dimensions the field shows; a 2-D model has no others. */
  #axes() {
    const { store, latent } = this;
    if (latent < 3) return null;
    const onchange = () => {
      const [i, j] = this.selects.map((select) => select.value);
      if (i !== j) store.view = { ...store.view, plane: `z${i}-z${j}`, view: '' };
      store.changed();
    };
    this.selects = ['across', 'up'].map((way) => {
      const options = Array.from({ length: latent }, (_, i) => el('option', { value: i + 1 }, symbol('ε', i)));
      return el('select', { 'aria-label': `ε ${way}`, onchange }, options);
    });
    return el('div', { class: 'axes' }, this.selects[0], ' × ', this.selects[1]);
  }

  /**
   * @param {Pair} pair
   * @param {boolean} final
   */
  #drag([a, b], final) {
    const [i, j] = this.dimensions;
    const eps = [...this.draw.eps];
    eps[i] = a;
    if (j < this.latent) eps[j] = b;
    this.draw.set({ eps }, final);
  }

  fit() {
    this.field.fit();
    this.rewire();
    this.show();
  }

  /** Everything that follows ε; cheap, for it is done at every frame. */
  show() {
    const { store, draw, boxes } = this;
    const { vae, z } = store;
    const { posterior, sigma, eps } = draw;
    if (!posterior) return;
    this.dimensions = fieldDimensions(store, this.data.kl);
    const written = writtenDimensions(posterior, this.dimensions);
    boxes.mu.show(posterior.mu, written);
    boxes.sigma.show(sigma, written);
    boxes.eps.show(eps, written);
    boxes.z.show(z, written);
    drawPixels(this.answer, store.off.size ? vae.mean(z) : store.image, vae.shape);
    this.field.show(eps, draw.cloud, this.dimensions);
    this.#showControls();
    this.#light(posterior, z);
    this.film.show();
  }

  #showControls() {
    const { slider, boxes, selects, dimensions, root } = this;
    const { share } = this.draw;
    const blocked = this.store.view.blocked === '1';
    selects.forEach((select, k) => {
      select.value = String(dimensions[k] + 1);
    });
    if (Number(slider.value) !== share) slider.value = String(share);
    put(this.shareWords, `× ${fixed(share)}`);
    put(boxes.sigma.words, share ? 'standard deviation' : '× 0: an autoencoder');
    put(boxes.z.words, formula(share, blocked));
    root.classList.toggle('blocked', blocked);
  }

  /**
   * The wires run where something has changed: all of them for another image, from ε on for another z.
   *
   * @param {Looked} posterior
   * @param {Float32Array} z
   */
  #light(posterior, z) {
    const { lit, root } = this;
    const same = posterior === lit?.posterior;
    this.lit = { posterior, z };
    if (same && z === lit?.z) return;
    root.dataset.lit = same ? 'noise' : 'all';
    clearTimeout(this.timer);
    this.timer = setTimeout(() => delete root.dataset.lit, REST_MS);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** @param {Component<ModelData>} component */
async function build({ data }) {
  const store = await loadStore(data);
  const chooser = await loadSubject(store, data);
  const draw = drawOf(store);
  const talk = conversation(store);
  const trick = new Trick(data, store, draw, chooser);
  const observer = new ResizeObserver(() => trick.fit());
  const unsubscribe = store.subscribe(() => trick.show());
  observer.observe(trick.root);
  return {
    nodes: [trick.root, trick.film.node],
    update(/** @type {Component<ModelData>} */ latest) {
      talk.hear(latest);
      trick.fit();
    },
    stop() {
      trick.stop();
      observer.disconnect();
      unsubscribe();
      draw.leave();
      chooser.stop();
      talk.stop();
    },
  };
}

const STYLES = new URL('./trick.css', import.meta.url);

/**
 * Mount or update the widget on a Streamlit component.
 *
 * @param {Component<ModelData>} component
 */
export const mount = (component) => widget(component, build, STYLES);
