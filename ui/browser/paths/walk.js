// Walking: the choice of a way, its film-strip, and z on it. Loaded when there is a way.
import { norm } from '../core/ways.js';
import { el, fixed, pictures, row } from '../kit/elements.js';
import { dragged } from './drag.js';
import { CURVES, DRAWN } from './journey.js';
import { seen, steps } from './kept.js';
import { player } from './player.js';
import { saver } from './save.js';

/** @import { Curve } from '../core/ways.js' */
/** @import { Journey, Way } from './journey.js' */
/** @import { Cell } from './kept.js' */

const REEL = 8; // steps: there is one image more

/** The walk on the chosen way of a journey. */
class Walk {
  /** @param {Journey} journey */
  constructor(journey) {
    this.journey = journey;
    this.canvases = pictures(REEL + 1);
    this.words = el('p', { class: 'hint' });
    /** @type {HTMLSelectElement} */
    this.select = el('select', { 'aria-label': 'Way', onchange: () => journey.choose({ wish: this.select.value }) });
    this.curves = this.#curves();
    /** @type {HTMLInputElement} */
    this.range = el('input', {
      type: 'range',
      max: 1,
      step: 0.005,
      'aria-label': 'Place on the way',
      oninput: () => this.#scrub(Number(this.range.value), false),
      onchange: () => this.#scrub(Number(this.range.value), true),
    });
    const reel = el('div', { class: 'reel', role: 'img', 'aria-label': 'Images on the way' }, this.canvases);
    dragged(reel, REEL, ([share], final) => this.#scrub(share, final));
    const choice = row(this.select, this.curves);
    const actions = row(player(journey, this.range), saver(journey));
    this.node = el('div', { class: 'walk' }, choice, reel, this.range, actions, this.words);
  }

  #curves() {
    /** @param {[name: string, curve: Curve]} entry */
    const radio = ([name, curve]) => {
      const checked = curve === this.journey.curve;
      const onchange = () => this.journey.choose({ curve });
      return el('label', {}, el('input', { type: 'radio', name: 'curve', checked, onchange }), name);
    };
    return el('fieldset', { class: 'segments', 'aria-label': 'Curve' }, Object.entries(CURVES).map(radio));
  }

  /**
   * @param {number} share
   * @param {boolean} final
   */
  #scrub(share, final) {
    this.range.value = String(share);
    const { store, way } = this.journey;
    if (way) store.set(way(share), { final });
  }

  toEnd() {
    this.range.value = '1';
  }

  /** @param {Way} way */
  #say(way) {
    const { store } = this.journey;
    const [first, middle, last] = [0, 0.5, 1].map((share) => fixed(norm(seen(store, way(share)))));
    this.words.textContent =
      `|z| is ${first} at the start, ${middle} halfway, ${last} at the end. ` +
      'A straight way passes through codes shorter than the prior’s typical ' +
      `√d = ${fixed(Math.sqrt(store.vae.latent))}; along the sphere |z| changes evenly.`;
  }

  /**
   * Pairs of a code and the canvas to show it.
   *
   * @returns {Cell[]}
   */
  show() {
    const { journey, select } = this;
    const { way, chosen } = journey;
    /** @param {string} name */
    const option = (name) => el('option', { selected: name === chosen }, name);
    select.replaceChildren(...Object.keys(journey.ways()).map(option));
    this.node.hidden = !way;
    this.curves.disabled = chosen === DRAWN;
    if (!way) {
      journey.store.halt();
      return [];
    }
    this.#say(way);
    return steps(REEL).map((share, i) => [way(share), this.canvases[i]]);
  }
}

/**
 * The walk of a journey: {node, show, toEnd}.
 *
 * @param {Journey} journey
 */
export const walk = (journey) => new Walk(journey);
