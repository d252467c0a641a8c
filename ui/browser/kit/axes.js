// A small plot on a canvas: axes, linear or logarithmic, lines, bands and words, in the page's colours.
import { contextOf, el, theme } from './elements.js';
import { coalesce } from './frames.js';
import { ticks } from './ticks.js';

/** @import { Range } from './ticks.js' */
/** @typedef {[x: number, y: number]} Place */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Margins */
/**
 * @typedef {object} Options
 * @property {boolean} [logX]
 * @property {boolean} [logY]
 * @property {string[]} [names] - of both axes
 * @property {Partial<Margins>} [margins] - pixels
 * @property {number[]} [room] - pixels that a tick needs, across and up
 */
/** @typedef {{ alpha?: number, colour?: string, width?: number, dash?: number[] }} Look */
/** @typedef {{ dx?: number, dy?: number, align?: CanvasTextAlign, colour?: string, weight?: number }} WordsLook */

const MARGINS = { left: 56, right: 14, top: 30, bottom: 46 };

/**
 * Where a value lies in a range, from 0 to 1.
 *
 * @param {number} value
 * @param {Range} range
 * @param {boolean} log
 */
const share = (value, [low, high], log) =>
  log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);

/** One plot. `draw(plot)` is called at the frame after `redraw()` and at every new size; it begins with `frame`. */
export class Plot {
  /**
   * @param {string} words - for screen readers
   * @param {(plot: Plot) => void} draw
   * @param {Options} [options]
   */
  constructor(words, draw, { logX = false, logY = false, names = ['', ''], margins = {}, room = [56, 36] } = {}) {
    this.node = el('canvas', { class: 'curve', role: 'img', 'aria-label': words });
    this.context = contextOf(this.node);
    this.logX = logX;
    this.logY = logY;
    this.names = names;
    this.room = room;
    this.margins = { ...MARGINS, ...margins };
    this.size = [0, 0];
    /** @type {Range} */
    this.x = [0, 1];
    /** @type {Range} */
    this.y = [0, 1];
    /** @type {[left: number, top: number, width: number, height: number]} - pixels within the axes */
    this.box = [0, 0, 0, 0];
    this.theme = theme(this.node);
    this.redraw = coalesce(() => {
      if (!this.node.clientWidth) return;
      this.#fit();
      draw(this);
    });
    this.observer = new ResizeObserver(this.redraw);
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
  }

  #fit() {
    const { node, context } = this;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [wide, high] = [node.clientWidth, node.clientHeight];
    const [width, height] = [Math.round(wide * ratio), Math.round(high * ratio)];
    if (node.width !== width || node.height !== height) Object.assign(node, { width, height });
    this.theme = theme(node);
    this.size = [wide, high];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
  }

  /**
   * Set the ranges and draw the axes.
   *
   * @param {Range} x
   * @param {Range} y
   */
  frame(x, y) {
    const { context, theme: colours } = this;
    const { left, right, top, bottom } = this.margins;
    const [width, height] = this.size;
    this.x = x;
    this.y = y;
    this.box = [left, top, width - left - right, height - top - bottom];
    context.font = `14px ${colours.font}`;
    this.#columns();
    this.#rows();
    Object.assign(context, { fillStyle: colours.text, textAlign: 'left', textBaseline: 'top' });
    context.fillText(this.names[1], 2, 4);
    Object.assign(context, { textAlign: 'right', textBaseline: 'bottom' });
    context.fillText(this.names[0], width - right, height - 2);
    context.strokeStyle = colours.border;
  }

  #columns() {
    const [, top, across, up] = this.box;
    const most = Math.max(2, Math.floor(across / this.room[0]));
    for (const [value, words] of ticks(this.x, this.logX, most)) {
      const [px] = this.at(value, this.y[0]);
      this.#rule(px, top, 1, up);
      this.#write(words, px, top + up + 6, 'center', 'top');
    }
  }

  #rows() {
    const [left, , across, up] = this.box;
    const most = Math.max(2, Math.floor(up / this.room[1]));
    for (const [value, words] of ticks(this.y, this.logY, most)) {
      const [, py] = this.at(this.x[0], value);
      this.#rule(left, py, across, 1);
      this.#write(words, left - 8, py, 'right', 'middle');
    }
  }

  /**
   * @param {number} px
   * @param {number} py
   * @param {number} wide
   * @param {number} high
   */
  #rule(px, py, wide, high) {
    this.context.fillStyle = this.theme.border;
    this.context.fillRect(Math.round(px), Math.round(py), wide, high);
  }

  /**
   * @param {string} words
   * @param {number} px
   * @param {number} py
   * @param {CanvasTextAlign} textAlign
   * @param {CanvasTextBaseline} textBaseline
   */
  #write(words, px, py, textAlign, textBaseline) {
    Object.assign(this.context, { fillStyle: this.theme.text, textAlign, textBaseline });
    this.context.fillText(words, px, py);
  }

  /**
   * The pixel of a place.
   *
   * @param {number} x
   * @param {number} y
   * @returns {Place}
   */
  at(x, y) {
    const [left, top, width, height] = this.box;
    return [left + share(x, this.x, this.logX) * width, top + (1 - share(y, this.y, this.logY)) * height];
  }

  /**
   * Paint within the axes only.
   *
   * @param {(context: CanvasRenderingContext2D) => void} paint
   * @param {Look} [look]
   */
  #inside(paint, { alpha = 1, colour = this.theme.text, width = 2, dash = [] } = {}) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(...this.box);
    context.clip();
    Object.assign(context, { globalAlpha: alpha, strokeStyle: colour, fillStyle: colour });
    Object.assign(context, { lineWidth: width, lineJoin: 'round' });
    context.setLineDash(dash);
    context.beginPath();
    paint(context);
    context.restore();
  }

  /** @param {Iterable<number[]>} points */
  #path(points) {
    for (const [x, y] of points) this.context.lineTo(...this.at(x, y));
  }

  /**
   * @param {Iterable<number[]>} points - [x, y] each
   * @param {Look} [look]
   */
  line(points, look) {
    this.#inside((context) => {
      this.#path(points);
      context.stroke();
    }, look);
  }

  /**
   * An area between two lines; `hatched` where its colour means less than nothing.
   *
   * @param {Iterable<number[]>} upper
   * @param {Iterable<number[]>} lower
   * @param {Look & { hatched?: boolean }} look
   */
  area(upper, lower, { hatched, ...look }) {
    this.#inside((context) => {
      this.#path(upper);
      this.#path([...lower].reverse());
      if (hatched) this.#hatch();
      else context.fill();
    }, look);
  }

  /** Fill the present path with slanted lines. */
  #hatch() {
    const { context } = this;
    const [left, top, width, height] = this.box;
    context.clip();
    context.beginPath();
    for (let at = left - height; at < left + width; at += 7) {
      context.moveTo(at, top + height);
      context.lineTo(at + height, top);
    }
    context.stroke();
  }

  /**
   * A disc, or a ring.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {Look & { ring?: boolean }} look
   */
  spot(x, y, radius, { ring, ...look }) {
    this.#inside((context) => {
      context.arc(...this.at(x, y), radius, 0, 7);
      if (ring) context.stroke();
      else context.fill();
    }, look);
  }

  /**
   * Squares of a few pixels.
   *
   * @param {ArrayLike<number>} xy - x and y in turn
   * @param {number} side
   * @param {Look} look
   */
  dust(xy, side, look) {
    this.#inside((context) => {
      for (let i = 0; i < xy.length; i += 2) {
        const [px, py] = this.at(xy[i], xy[i + 1]);
        context.fillRect(px - side / 2, py - side / 2, side, side);
      }
    }, look);
  }

  /**
   * Words at a place, `dx` and `dy` pixels from it.
   *
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {WordsLook} [look]
   */
  words(text, x, y, { dx = 0, dy = 0, align = 'left', colour = this.theme.text, weight = 400 } = {}) {
    const { context } = this;
    const [px, py] = this.at(x, y);
    context.font = `${weight} 15px ${this.theme.font}`;
    Object.assign(context, { textAlign: align, textBaseline: 'middle', fillStyle: colour });
    Object.assign(context, { lineJoin: 'round', lineWidth: 5, strokeStyle: this.theme.background });
    context.strokeText(text, px + dx, py + dy);
    context.fillText(text, px + dx, py + dy);
  }
}
