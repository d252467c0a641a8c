// The field of ε: the standard normal of two dimensions seen from above, and in it the dot that is dragged.
import { rates } from '../core/prior.js';
import { MOVE } from '../kit/frames.js';
import { contextOf, el, theme } from '../kit/elements.js';

/** @import { Theme } from '../kit/elements.js' */
/** @import { Store } from '../state/store.js' */
/** @typedef {[a: number, b: number]} Pair - Of ε, in σ. */

export const SHOWN = 4; // dimensions at most whose numbers are written out
const REACH = 3.5; // σ of ε from the middle to the rim
const DOT = 9; // pixels
const MARGIN = DOT + 2; // beyond the rim, so that a dot on it is whole
/** @type {Record<string, Pair>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1; // of an arrow key; five times as far with Shift
const LABEL = 'The noise ε. Drag the dot, or move it by the arrow keys; with Shift it moves farther.';

/**
 * The two dimensions of the field: those of the pad's plane, or those that carry the most of the test set's rate.
 *
 * @param {Store} store
 * @param {number[] | null} kl - nats per dimension.
 */
export function fieldDimensions({ view: { plane = '' }, vae: { latent } }, kl) {
  const named = plane.match(/^z(\d+)-z(\d+)$/);
  if (named) return [Number(named[1]) - 1, Number(named[2]) - 1];
  if (latent < 3) return [0, 1];
  return [...Array(latent).keys()].sort((a, b) => (kl?.[b] ?? 0) - (kl?.[a] ?? 0)).slice(0, 2);
}

/**
 * The field's dimensions, then those with the highest rate of this image, as many as are written out, in their order.
 *
 * @param {{ mu: Float32Array, logvar: Float32Array }} posterior
 * @param {number[]} field
 */
export function writtenDimensions({ mu, logvar }, field) {
  const found = rates(mu, logvar);
  const order = [...found.keys()].sort((a, b) => found[b] - found[a]);
  const known = field.filter((i) => i < mu.length);
  return [...new Set([...known, ...order])].slice(0, SHOWN).sort((a, b) => a - b);
}

/**
 * Whether a pair lies beyond the rim, and where it is drawn: not outside it.
 *
 * @param {Pair} pair
 */
function held([a, b]) {
  const far = Math.hypot(a, b) / REACH;
  /** @type {Pair} */
  const place = far > 1 ? [a / far, b / far] : [a, b];
  return { place, beyond: far > 1.001 };
}

const opacity = (/** @type {number} */ share) =>
  Math.round(255 * share)
    .toString(16)
    .padStart(2, '0');

/** The canvas under the hand. */
export class Field {
  /**
   * @param {string} colour - as #rrggbb.
   * @param {(pair: Pair, final: boolean) => void} move - called for the dot under a hand.
   */
  constructor(colour, move) {
    this.colour = colour;
    this.move = move;
    this.node = el('canvas', { class: 'field', tabindex: 0, role: 'application', 'aria-label': LABEL });
    this.context = contextOf(this.node);
    this.ground = document.createElement('canvas'); // the rings, drawn once
    this.side = 0;
    /** @type {Pair} */
    this.dot = [0, 0];
    this.look = theme(this.node);
    /** @type {number | null} */
    this.pointer = null;
    this.middle = [0, 0];
    this.#listen();
  }

  #listen() {
    const { node } = this;
    node.addEventListener('pointerdown', (event) => this.#grab(event));
    node.addEventListener(MOVE, (event) => this.#move(/** @type {PointerEvent} */ (event)));
    node.addEventListener('pointerup', (event) => this.#drop(event));
    node.addEventListener('pointercancel', (event) => this.#drop(event));
    node.addEventListener('keydown', (event) => this.#key(event));
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button || this.pointer !== null) return;
    this.node.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    const { left, top, width } = this.node.getBoundingClientRect(); // asked once: at every move it would cost a layout
    this.middle = [left + width / 2, top + width / 2];
    this.#drag(event, false);
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} final
   */
  #drag({ clientX, clientY }, final) {
    const [x, y] = this.middle;
    this.move(held([(clientX - x) / this.scale, (y - clientY) / this.scale]).place, final);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId === this.pointer) this.#drag(event, false);
  }

  /** @param {PointerEvent} event */
  #drop(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.#drag(event, true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const way = STEPS[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 5 * STEP : STEP;
    this.move([this.dot[0] + way[0] * step, this.dot[1] + way[1] * step], true);
  }

  /** Pixels for one σ. */
  get scale() {
    return (this.side / 2 - MARGIN) / REACH;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Pair} at
   * @param {number} radius - pixels.
   */
  #disc(context, [a, b], radius) {
    const middle = this.side / 2;
    context.beginPath();
    context.arc(middle + a * this.scale, middle - b * this.scale, radius, 0, 2 * Math.PI);
  }

  /** @param {CanvasRenderingContext2D} context */
  #shade(context) {
    const { colour, scale, side } = this;
    const middle = side / 2;
    const shade = context.createRadialGradient(middle, middle, 0, middle, middle, REACH * scale);
    for (let part = 0; part <= 1; part += 0.1) {
      shade.addColorStop(part, colour + opacity(0.44 * Math.exp(-((part * REACH) ** 2) / 2)));
    }
    context.fillStyle = shade;
    this.#disc(context, [0, 0], REACH * scale);
    context.fill();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} look
   */
  #rings(context, { border, text, font }) {
    const { scale, side } = this;
    const middle = side / 2;
    context.strokeStyle = border;
    context.fillStyle = text;
    context.lineWidth = 1.5;
    context.font = `14px ${font}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (const radius of [1, 2, 3]) {
      this.#disc(context, [0, 0], radius * scale);
      context.stroke();
      context.fillText(String(radius), middle + radius * scale - 8, middle - 9);
    }
    context.strokeRect(middle, MARGIN, 0, side - 2 * MARGIN);
    context.strokeRect(MARGIN, middle, side - 2 * MARGIN, 0);
  }

  /**
   * @param {number[]} eps
   * @param {number[][] | null} cloud - draws of ε that are shown as well.
   * @param {number[]} dimensions - the two that are seen; a model of one has no second.
   */
  show(eps, cloud, [i, j]) {
    const { side, context, colour } = this;
    this.dot = [eps[i], eps[j] ?? 0];
    if (!side) return;
    context.clearRect(0, 0, side, side);
    context.drawImage(this.ground, 0, 0, side, side);
    context.fillStyle = `${colour}b0`;
    for (const one of cloud ?? []) {
      this.#disc(context, [one[i], one[j] ?? 0], 2);
      context.fill();
    }
    const { place, beyond } = held(this.dot);
    this.#disc(context, place, DOT);
    context.fillStyle = beyond ? this.look.background : colour;
    context.strokeStyle = this.look.text;
    context.lineWidth = 2.5;
    context.fill();
    context.stroke();
  }

  /** Another size, or other colours of the page. */
  fit() {
    const ratio = Math.min(2, devicePixelRatio || 1);
    this.look = theme(this.node);
    this.side = this.node.clientWidth;
    for (const canvas of [this.node, this.ground]) {
      canvas.width = this.side * ratio;
      canvas.height = this.side * ratio;
      contextOf(canvas).scale(ratio, ratio);
    }
    if (!this.side) return;
    this.#shade(contextOf(this.ground));
    this.#rings(contextOf(this.ground), this.look);
  }
}
