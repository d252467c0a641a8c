// Makes a canvas with the image x paper: a pointer draws on it, and so do the arrow keys.
import { el } from '../kit/elements.js';

/** @typedef {[x: number, y: number]} Place - In pixels of the image. */
/** @typedef {(from: Place, to: Place, final: boolean) => void} Draw */

/** @type {Record<string, Place>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LABEL = 'The image x. Arrow keys draw on it, with Shift they only move the brush.';

/** The hands on a canvas, and what shows where the keys' brush is. */
export class Paper {
  /**
   * @param {HTMLCanvasElement} canvas - of the image's own size
   * @param {{ draw: Draw, rest: () => void }} hands - `rest` when the pen is lifted.
   */
  constructor(canvas, { draw, rest }) {
    const { width, height } = canvas;
    this.width = width;
    this.height = height;
    this.draw = draw;
    this.rest = rest;
    /** @type {Place} */
    this.at = [width / 2, height / 2];
    /** @type {number | null} */
    this.pen = null;
    this.canvas = canvas;
    Object.assign(canvas, { tabIndex: 0, role: 'application', ariaLabel: LABEL });
    this.cursor = el('i', { hidden: true });
    canvas.after(this.cursor);
    this.#listen();
  }

  #listen() {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => {
      if (event.pointerId === this.pen) this.#stroke(this.#place(event), false);
    });
    canvas.addEventListener('lostpointercapture', () => {
      this.pen = null;
      this.rest();
    });
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => {
      this.cursor.hidden = true;
    });
  }

  /**
   * @param {PointerEvent} event
   * @returns {Place}
   */
  #place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * this.width, ((clientY - box.top) / box.height) * this.height];
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    if (event.button || !event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pen = event.pointerId;
    this.at = this.#place(event);
    this.#stroke(this.at, false);
  }

  /**
   * @param {Place} to
   * @param {boolean} final
   */
  #stroke(to, final) {
    const from = this.at;
    this.at = to;
    this.draw(from, to, final);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = WAYS[event.key];
    if (!way) return;
    event.preventDefault();
    const inside = (/** @type {number} */ value, /** @type {number} */ side) =>
      Math.min(side - 0.5, Math.max(0.5, value));
    /** @type {Place} */
    const to = [inside(this.at[0] + way[0], this.width), inside(this.at[1] + way[1], this.height)];
    if (event.shiftKey) this.at = to;
    else this.#stroke(to, true);
    this.cursor.hidden = false;
    this.cursor.style.left = `${(100 * to[0]) / this.width}%`;
    this.cursor.style.top = `${(100 * to[1]) / this.height}%`;
  }
}
