// Mouse, pen, touch and keys on a map: hovering looks, holding drags z, shift or two fingers move the view.
import { MOVE } from '../kit/frames.js';

/** @import { Point } from '../kit/dots.js' */
/** @import { LatentMap } from './map.js' */
/** @typedef {[Point, Point]} Pair - Of fingers; of one finger twice the same. */

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 6; // pixels a key moves z
const FAR = 5; // times as far, with shift

/**
 * @param {Pair} places
 * @returns {Point}
 */
const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
/** @param {Pair} places */
const gap = ([[ax, ay], [bx, by]]) => Math.hypot(ax - bx, ay - by);
/**
 * @param {Point[]} places
 * @returns {Pair}
 */
const pair = ([first, second = first]) => [first, second];

/** What a hand does to a map: a method for each event. */
class Hand {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.canvas = map.layers.top;
    /** @type {Map<number, Point>} - where the fingers are, by pointer */
    this.down = new Map();
    this.pans = false;
  }

  /**
   * @param {MouseEvent} event
   * @returns {Point}
   */
  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /**
   * @param {Pair} before
   * @param {Pair} after
   */
  #moveView(before, after) {
    const { view } = this.map;
    const [x, y] = middle(before);
    const [toX, toY] = middle(after);
    view.pan(toX - x, toY - y);
    if (gap(before)) view.zoomAt(toX, toY, gap(after) / gap(before));
    this.map.drawSoon();
  }

  /** @param {PointerEvent} event */
  press(event) {
    const { map, down } = this;
    this.canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, this.#place(event));
    this.pans = down.size > 1 || event.shiftKey || event.button > 0;
    if (map.store.recording) map.store.route = [];
    if (!this.pans) map.pointAt(this.#place(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { map, down } = this;
    const at = this.#place(event);
    const held = down.has(event.pointerId);
    const before = pair([...down.values()]);
    if (held) down.set(event.pointerId, at);
    if (held && this.pans) this.#moveView(before, pair([...down.values()]));
    else if (held || !map.store.recording) {
      if (event.pointerType === 'mouse') map.enter();
      map.pointAt(at);
    }
  }

  /** @param {PointerEvent} event */
  lift(event) {
    const { map, down } = this;
    if (!down.delete(event.pointerId)) return;
    if (!this.pans) {
      map.store.recording = false;
      map.pointAt(this.#place(event), true);
    } else if (!down.size) map.moved();
  }

  leave() {
    if (!this.down.size) this.map.leave();
  }

  /** @param {WheelEvent} event */
  turn(event) {
    event.preventDefault();
    const [x, y] = this.#place(event);
    this.map.view.zoomAt(x, y, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)));
    this.map.moved();
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    const { map } = this;
    const { key, shiftKey } = event;
    if (key in ARROWS) this.#step(ARROWS[key], shiftKey ? FAR * STEP : STEP);
    else if (key === '+' || key === '-') map.zoom(key === '+' ? 1.25 : 0.8);
    else if (key === '0') map.zoom(0);
    else if (key === 'k' || key === 'K') map.store.pin(map.store.code);
    else return;
    event.preventDefault();
  }

  /**
   * @param {Point} way
   * @param {number} pixels
   */
  #step([dx, dy], pixels) {
    const { view, plane, store } = this.map;
    const [x, y] = view.toPixel(...plane.place(store.z));
    this.map.pointAt([x + pixels * dx, y + pixels * dy], true);
  }
}

/**
 * Let a map be looked at, moved and zoomed by its top canvas.
 *
 * @param {LatentMap} map
 */
export function pointerOn(map) {
  const { top } = map.layers;
  const hand = new Hand(map);
  top.addEventListener('pointerdown', (event) => hand.press(event));
  top.addEventListener(MOVE, (event) => hand.move(/** @type {PointerEvent} */ (event)));
  top.addEventListener('pointerup', (event) => hand.lift(event));
  top.addEventListener('pointercancel', (event) => hand.lift(event));
  top.addEventListener('pointerleave', () => hand.leave());
  top.addEventListener('wheel', (event) => hand.turn(event), { passive: false });
  top.addEventListener('keydown', (event) => hand.type(event));
  top.addEventListener('dblclick', () => map.zoom(0));
  top.addEventListener('contextmenu', (event) => event.preventDefault());
}
