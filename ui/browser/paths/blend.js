// The blends of four kept codes, and a puck on them. Loaded when there is a way.
import { bilinear } from '../core/ways.js';
import { el, fixed, pictures } from '../kit/elements.js';
import { painter } from '../kit/sample.js';
import { clamp, dragged } from './drag.js';
import { LETTERS, steps } from './kept.js';

/** @import { Store } from '../state/store.js' */
/** @import { Cell } from './kept.js' */

const MOST = 6; // steps: there is one image more
/** @type {Record<string, [across: number, down: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The square of blends, A and B above C and D; seen only while there are four codes. */
class Blend {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.at = [0.5, 0.5];
    this.side = Math.min(MOST, painter(store.vae.shape).square[0] - 1);
    this.places = steps(this.side).flatMap((v) => steps(this.side).map((u) => [u, v]));
    this.canvases = pictures(this.places.length);
    this.puck = el('i');
    const label = 'Blend of A, B, C and D';
    /** @param {KeyboardEvent} event */
    const onkeydown = (event) => this.#typed(event);
    this.field = el('div', { role: 'slider', tabindex: 0, 'aria-label': label, onkeydown }, this.canvases, this.puck);
    const style = `--columns: ${this.side + 1}`;
    const corners = LETTERS.map((letter) => el('b', {}, letter));
    this.node = el('div', { class: 'corners', style }, corners, this.field);
    dragged(this.field, this.side, (to, final) => this.#move(to, final));
    this.#put();
  }

  /**
   * @param {[across: number, down: number]} to
   * @param {boolean} final
   */
  #move([across, down], final) {
    this.at = [clamp(across), clamp(down)];
    this.store.set(bilinear(this.store.pins, this.at[0], this.at[1]), { final });
    this.#put();
  }

  #put() {
    const [x, y] = this.at.map((share) => (100 * (share * this.side + 0.5)) / (this.side + 1));
    const [across, down] = this.at.map((share) => `${fixed(100 * share, 0)} %`);
    this.puck.style.left = `${x}%`;
    this.puck.style.top = `${y}%`;
    this.field.ariaValueNow = String(this.at[0]);
    this.field.ariaValueText = `${across} across, ${down} down`;
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const [across, down] = this.at;
    this.#move([across + way[0] / 2 / this.side, down + way[1] / 2 / this.side], true);
  }

  /**
   * Pairs of a code and the canvas to show it.
   *
   * @returns {Cell[]}
   */
  show() {
    const { pins } = this.store;
    this.node.hidden = pins.length < LETTERS.length;
    if (this.node.hidden) return [];
    return this.places.map(([across, down], i) => [bilinear(pins, across, down), this.canvases[i]]);
  }
}

/**
 * The blends of a store's kept codes: {node, show}.
 *
 * @param {Store} store
 */
export const blend = (store) => new Blend(store);
