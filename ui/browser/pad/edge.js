// What lies outside a view is pointed at from its edge.

/** @import { Point } from '../kit/dots.js' */
/** @import { Theme } from '../kit/elements.js' */
/** @typedef {[width: number, colour: string]} Stroke */

const RIM = 4; // pixels between an arrow's tip and the edge
const HEAD = 14; // pixels, an arrow's length
const APART = 27; // pixels between two marks that wait behind one arrow

/**
 * Draw a path in each of some [width, colour] in turn: the first one is a halo.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {() => void} path
 */
export function stroke(context, strokes, path) {
  for (const [lineWidth, strokeStyle] of strokes) {
    Object.assign(context, { lineWidth, strokeStyle, lineJoin: 'round' });
    context.beginPath();
    path();
    context.stroke();
  }
}

/**
 * The strokes of a line that can be read on any ground.
 *
 * @param {Theme} theme
 * @param {string} [colour]
 * @returns {Stroke[]}
 */
export const haloed = (theme, colour = theme.text) => [
  [5, theme.background],
  [2, colour],
];

/**
 * @param {number} value
 * @param {number} high
 */
const clamp = (value, high) => Math.min(high - RIM, Math.max(RIM, value));

/** The edge of a view, and which marks wait there. */
export class Edge {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Point} size
   * @param {Theme} theme
   */
  constructor(context, size, theme) {
    this.context = context;
    this.size = size;
    this.theme = theme;
    /** @type {Point[]} */
    this.taken = [];
  }

  /**
   * Where a mark stands: at its place or, if that is outside the view, behind an arrow at the edge that points there.
   *
   * @param {Point} place
   * @param {number} radius
   * @param {string} colour
   * @returns {{ at: Point, outside: boolean }}
   */
  hold([x, y], radius, colour) {
    const [width, height] = this.size;
    if (x >= 0 && y >= 0 && x <= width && y <= height) return { at: [x, y], outside: false };
    /** @type {Point} */
    const tip = [clamp(x, width), clamp(y, height)];
    const length = Math.hypot(x - tip[0], y - tip[1]);
    /** @type {Point} */
    const towards = [(x - tip[0]) / length, (y - tip[1]) / length];
    this.#arrow(tip, towards, colour);
    return { at: this.#free(tip, towards, HEAD + radius + 2), outside: true };
  }

  /**
   * @param {Point} tip
   * @param {Point} towards
   * @param {string} colour
   */
  #arrow([x, y], [ux, uy], colour) {
    const { context, theme } = this;
    stroke(context, haloed(theme, colour), () => {
      context.moveTo(x, y);
      context.lineTo(x - HEAD * ux - 7 * uy, y - HEAD * uy + 7 * ux);
      context.lineTo(x - HEAD * ux + 7 * uy, y - HEAD * uy - 7 * ux);
      context.closePath();
    });
    context.fillStyle = colour;
    context.fill();
  }

  /**
   * Marks with one direction queue behind their arrow: each must be read.
   *
   * @param {Point} tip
   * @param {Point} towards
   * @param {number} depth
   * @returns {Point}
   */
  #free([x, y], [ux, uy], depth) {
    /** @type {Point} */
    const at = [x - depth * ux, y - depth * uy];
    if (this.taken.some(([px, py]) => Math.hypot(px - at[0], py - at[1]) < APART)) {
      return this.#free([x, y], [ux, uy], depth + APART / 3);
    }
    this.taken.push(at);
    return at;
  }
}
