// The pen over the paper: a pointer or the keys put it down, move it and lift it.
import { MOVE } from '../kit/frames.js';

/** @import { Place } from '../core/brush.js' */
/** @typedef {[from: Place, to: Place]} Segment */
/** @typedef {number | typeof KEYS} Holder - The id of a pointer, or the keys. */

/** @type {Record<string, Place>} */
const STEPS = { ' ': [0, 0], ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KEYS = 'keys';

/**
 * Who is told of strokes.
 *
 * @typedef {object} Listener
 * @property {() => void} begin
 * @property {(segments: Segment[]) => void} ink - again and again
 * @property {() => void} lift
 * @property {(words: string) => void} say - where the keys are
 */

/** A pen, and the cursor that shows where the keys have it. */
export class Pen {
  /**
   * @param {HTMLCanvasElement} paper
   * @param {HTMLElement} cursor
   * @param {[width: number, height: number]} sides - pixels of the image
   * @param {Listener} listener
   */
  constructor(paper, cursor, sides, listener) {
    this.paper = paper;
    this.cursor = cursor;
    this.sides = sides;
    this.listener = listener;
    /** @type {Place} */
    this.at = [sides[0] / 2, sides[1] / 2];
    /** @type {Holder | null} */
    this.holder = null;
    paper.addEventListener('pointerdown', (event) => this.#press(event));
    paper.addEventListener(MOVE, (event) => this.#follow(/** @type {PointerEvent} */ (event)));
    paper.addEventListener('lostpointercapture', ({ pointerId }) => this.#lift(pointerId));
    paper.addEventListener('keydown', (event) => this.#type(event));
    paper.addEventListener('blur', () => this.#hide());
  }

  get down() {
    return this.holder !== null;
  }

  /** Forget the stroke: another image lies on the paper. */
  drop() {
    this.holder = null;
  }

  /**
   * @param {Holder} holder
   * @param {Place} at
   */
  #lower(holder, at) {
    this.listener.begin();
    this.holder = holder;
    this.at = at;
    this.#ink([at]);
  }

  /** @param {Place[]} places */
  #ink(places) {
    /** @type {Segment[]} */
    const segments = places.map((place, i) => [places[i - 1] ?? this.at, place]);
    this.at = places[places.length - 1];
    this.listener.ink(segments);
  }

  /** @param {Holder} holder */
  #lift(holder) {
    if (holder !== this.holder) return;
    this.holder = null;
    this.listener.lift();
  }

  #hide() {
    this.cursor.hidden = true;
    this.#lift(KEYS);
  }

  /**
   * @param {MouseEvent} event
   * @returns {Place}
   */
  #place({ clientX, clientY }) {
    const { left, top, width } = this.paper.getBoundingClientRect();
    const scale = this.sides[0] / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button || !event.isPrimary) return;
    this.paper.setPointerCapture(event.pointerId);
    this.cursor.hidden = true;
    this.#lower(event.pointerId, this.#place(event));
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    if (event.pointerId !== this.holder) return;
    const between = event.getCoalescedEvents?.() ?? [];
    this.#ink([...between, event].map((one) => this.#place(one)));
  }

  /**
   * The middle of the pixel some steps away.
   *
   * @param {Place} steps
   * @returns {Place}
   */
  #next([across, down]) {
    const [width, height] = this.sides;
    /** @type {(value: number, side: number) => number} */
    const inside = (value, side) => Math.min(side - 1, Math.max(0, Math.floor(value))) + 0.5;
    return [inside(this.at[0] + across, width), inside(this.at[1] + down, height)];
  }

  /** @param {KeyboardEvent} event */
  #type(event) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const at = this.#next(STEPS[event.key]);
    if (event.key !== ' ') {
      if (this.down) this.#ink([at]);
    } else if (this.down) this.#lift(KEYS);
    else this.#lower(KEYS, at);
    this.at = at;
    this.#show();
  }

  #show() {
    const [x, y] = this.at.map((value, k) => (100 * value) / this.sides[k]);
    this.cursor.hidden = false;
    this.cursor.style.left = `${x}%`;
    this.cursor.style.top = `${y}%`;
    const [column, row] = this.at.map(Math.ceil);
    this.listener.say(`Pen ${this.down ? 'down' : 'up'}, column ${column}, row ${row}.`);
  }
}
